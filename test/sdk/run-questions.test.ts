import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { HttpDoor } from "../../sdk/lib/http-door.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { serveRaw, type TestServer } from "../support/http-server.ts";
import { notedPacing } from "../support/pacing.ts";
import { wireRun } from "../support/run-object.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

interface Platform {
  readonly door: HttpDoor;
  /** Which runs each request was after, with the seconds to wait. */
  readonly asked: (readonly [together: boolean, ids: readonly string[], wait: number])[];
}

/** A platform that answers those asked for together as `together` does, and each that is asked for alone. */
async function platform(
  together: (ids: readonly string[], response: ServerResponse) => Promise<void> | void,
): Promise<Platform> {
  const asked: (readonly [boolean, readonly string[], number])[] = [];
  server = await serveRaw(async (request, response) => {
    const url = new URL(request.url ?? "", "http://platform");
    if (request.method === "POST") {
      expect([url.pathname, url.search]).toEqual(["/api/v1/runs/retrieve", "?packets=1"]);
      const { ids, wait } = JSON.parse(await readText(request)) as { ids: string[]; wait: number };
      asked.push([true, ids, wait]);
      return together(ids, response);
    }
    const id = url.pathname.slice("/api/v3/runs/".length);
    asked.push([false, [id], Number(url.searchParams.get("wait") ?? 0)]);
    const isThere = id !== "run_0";
    response.writeHead(isThere ? 200 : 404);
    response.end(JSON.stringify(isThere ? wireRun({ id }) : { error: "There is no such run.", code: "run_not_found" }));
  });
  return { door: new HttpDoor({ baseURL: server.url, accessToken: "k" }, notedPacing()), asked };
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function line(id: string): string {
  return `${JSON.stringify({ id, run: wireRun({ id }) })}\n`;
}

function answerAll(ids: readonly string[], response: ServerResponse): void {
  response.end(ids.toReversed().map(line).join(""));
}

async function retrieved(door: HttpDoor, ids: readonly string[], wait = 0): Promise<string[]> {
  const runs = await Promise.all(ids.map((id) => door.retrieveRun(id, wait)));
  return runs.map(({ id }) => id);
}

test("runs that are asked for in one turn are one request, and one run alone is a plain one", async () => {
  const { door, asked } = await platform(answerAll);
  expect(await retrieved(door, ["run_1", "run_2", "run_3"], 5)).toEqual(["run_1", "run_2", "run_3"]);
  expect(await retrieved(door, ["run_4"], 5)).toEqual(["run_4"]);
  expect(asked).toEqual([
    [true, ["run_1", "run_2", "run_3"], 5],
    [false, ["run_4"], 5],
  ]);
});

test("lanes that ask one after the other go on together", async () => {
  const { door, asked } = await platform(answerAll);
  const lane = async (name: string): Promise<void> => {
    for (let i = 1; i <= 3; i += 1) await door.retrieveRun(`run_${name}${i}`, 0);
  };
  await Promise.all(["a", "b", "c"].map(lane));
  expect(asked.map(([, ids]) => [...ids].sort())).toEqual(
    [1, 2, 3].map((i) => [`run_a${i}`, `run_b${i}`, `run_c${i}`]),
  );
});

test("a run that is asked for twice is asked for once, by itself too", async () => {
  const { door, asked } = await platform(answerAll);
  expect(await retrieved(door, ["run_1", "run_2", "run_1"])).toEqual(["run_1", "run_2", "run_1"]);
  expect(await retrieved(door, ["run_3", "run_3"])).toEqual(["run_3", "run_3"]);
  expect(asked).toEqual([
    [true, ["run_1", "run_2"], 0],
    [false, ["run_3"], 0],
  ]);
});

test("those with another time to wait go by themselves", async () => {
  const { door, asked } = await platform(answerAll);
  await Promise.all([retrieved(door, ["run_1", "run_2"], 5), retrieved(door, ["run_3", "run_4"], 0)]);
  expect(asked.toSorted(([, , a], [, , b]) => a - b)).toEqual([
    [true, ["run_3", "run_4"], 0],
    [true, ["run_1", "run_2"], 5],
  ]);
});

test("one request asks for as many as it may, and no more", async () => {
  const { door, asked } = await platform(answerAll);
  const ids = Array.from({ length: 2 * LIMITS.runsRetrieved + 1 }, (_, i) => `run_${i + 1}`);
  expect(await retrieved(door, ids)).toEqual(ids);
  expect(asked.map(([, { length }]) => length).toSorted((a, b) => a - b)).toEqual([1, 100, 100]);
});

test("each is answered as its line comes, wherever that is cut", async () => {
  const first = Promise.withResolvers<void>();
  const { door } = await platform(async (_, response) => {
    response.write(line("run_2") + line("run_1").slice(0, 90));
    await first.promise;
    response.end(line("run_1").slice(90));
  });
  const runs = ["run_1", "run_2"].map((id) => door.retrieveRun(id, 5));
  expect((await runs[1])?.id).toBe("run_2");
  first.resolve();
  expect((await runs[0])?.id).toBe("run_1");
});

test("what the platform does not tell of is asked for alone at once, and has its own error then", async () => {
  const others = Promise.withResolvers<void>();
  const { door, asked } = await platform(async (_, response) => {
    const refused = ["run_0", "run_2"].map((id) => JSON.stringify({ id, error: "Not here.", code: "some_code" }));
    response.write(`${refused.join("\n")}\n`);
    await others.promise;
    response.end(line("run_1"));
  });
  const [there, missing, long] = ["run_1", "run_0", "run_2"].map((id) => door.retrieveRun(id, 5));
  const found = await Promise.allSettled([long, missing]);
  expect(found).toMatchObject([{ value: { id: "run_2" } }, { reason: { status: 404, code: "run_not_found" } }]);
  others.resolve();
  expect((await there)?.id).toBe("run_1");
  expect(asked.map(([together, ids]) => [together, ...ids])).toEqual([
    [true, "run_1", "run_0", "run_2"],
    [false, "run_0"],
    [false, "run_2"],
  ]);
});

test("each who asks for one run gets an object of its own", async () => {
  const { door } = await platform(answerAll);
  for (const ids of [
    ["run_1", "run_2", "run_1"],
    ["run_1", "run_1"],
  ]) {
    const runs = await Promise.all(ids.map((id) => door.retrieveRun(id, 0)));
    expect(runs.at(-1)).toEqual(runs[0]);
    expect(runs.at(-1)?.tags).not.toBe(runs[0]?.tags);
  }
});

test("an id that no address can hold fails by itself", async () => {
  const { door } = await platform((_, response) => void response.end(line("run_1")));
  const ends = await Promise.allSettled(["run_1", "run_\ud800"].map((id) => door.retrieveRun(id, 0)));
  expect(ends).toMatchObject([{ value: { id: "run_1" } }, { status: "rejected" }]);
  await expect(door.retrieveRun("run_\ud800", 0)).rejects.toThrow(URIError);
});

test("a last line without an end counts", async () => {
  const { door, asked } = await platform((_, response) => void response.end(line("run_1") + line("run_2").trimEnd()));
  expect(await retrieved(door, ["run_1", "run_2"])).toEqual(["run_1", "run_2"]);
  expect(asked).toHaveLength(1);
});

test.each<[string, (response: ServerResponse) => void]>([
  ["breaks off", (response) => response.write(line("run_1"), () => response.destroy())],
  ["is not understood", (response) => response.end(`${line("run_1")}<html>\n${line("run_2")}`)],
  ["ends early", (response) => response.end(line("run_1"))],
])("those without an answer are asked for alone when it %s", async (_, answer) => {
  const { door, asked } = await platform((_ids, response) => answer(response));
  expect(await retrieved(door, ["run_1", "run_2", "run_3"], 5)).toEqual(["run_1", "run_2", "run_3"]);
  expect(asked.filter(([together]) => together)).toHaveLength(1);
  expect(asked).toContainEqual([false, ["run_3"], 5]);
});

test.each([404, 405])(
  "a platform that answers %i does not know the route, and is asked for each run alone from then on",
  async (status) => {
    const { door, asked } = await platform(
      (_, response) => void response.writeHead(status).end('{"error":"no route"}'),
    );
    for (const ids of [
      ["run_1", "run_2"],
      ["run_3", "run_4"],
    ])
      expect(await retrieved(door, ids)).toEqual(ids);
    expect(asked.map(([together, ids]) => [together, ids.length])).toEqual([
      [true, 2],
      ...Array.from({ length: 4 }, () => [false, 1]),
    ]);
  },
);

test("a request that was not answered is sent again as it is", async () => {
  let nth = 0;
  const { door, asked } = await platform((ids, response) => {
    nth += 1;
    if (nth === 1) response.destroy();
    else if (nth === 2) response.writeHead(429, { "retry-after": "0" }).end('{"error":"busy"}');
    else answerAll(ids, response);
  });
  expect(await retrieved(door, ["run_1", "run_2"])).toEqual(["run_1", "run_2"]);
  expect(asked.map(([together, ids]) => [together, ids.length])).toEqual([
    [true, 2],
    [true, 2],
    [true, 2],
  ]);
});

test("a refusal of the request is that of each question in it", async () => {
  const { door, asked } = await platform(
    (_, response) => void response.writeHead(401).end('{"error":"no","code":"bad_key"}'),
  );
  const ends = await Promise.allSettled(["run_1", "run_2"].map((id) => door.retrieveRun(id, 0)));
  for (const end of ends) expect(end).toMatchObject({ status: "rejected", reason: { status: 401, code: "bad_key" } });
  expect(asked).toHaveLength(1);
});
