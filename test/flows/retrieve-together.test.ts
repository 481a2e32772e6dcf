import { beforeAll, expect, inject, test } from "vitest";
import { runs, wait, type RetrievedRun } from "../../sdk/index.ts";
import { lineage } from "../support/tasks-large.ts";
import { add, fail } from "../support/tasks-runs.ts";
import { awaitToken } from "../support/tasks-tokens.ts";
import { repeat } from "../support/tasks-values.ts";
import { call, connect, finish, outputOf } from "./api.ts";

beforeAll(connect);

interface Line {
  readonly id: string;
  readonly run?: { readonly status: string; readonly output?: unknown };
  readonly error?: string;
  readonly code?: string;
}

/** The lines of one answer, with the key, each piece as it comes. */
async function* retrieve(ids: readonly string[], wait: number): AsyncGenerator<Line[], void, undefined> {
  const { url, key } = inject("platform");
  const response = await fetch(`${url}/api/v1/runs/retrieve`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ ids, wait }),
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = decoder.decode(chunk).trimEnd().split("\n");
    yield lines.map((line) => JSON.parse(line) as Line);
  }
}

test("runs that are polled together are told of together, however they ended", async () => {
  const sum = (n: number) => add.trigger({ a: n, b: n });
  const handles = await Promise.all([
    sum(1),
    sum(2),
    fail.trigger({ message: "no" }),
    repeat.trigger({ text: "long", times: 5_000 }),
  ]);
  const found = await Promise.all<RetrievedRun>(handles.map((handle) => finish(handle.id)));
  expect(found.map(({ id }) => id)).toEqual(handles.map(({ id }) => id));
  expect(found.map(({ status }) => status)).toEqual(["COMPLETED", "COMPLETED", "FAILED", "COMPLETED"]);
  expect(found.map(({ output }) => output)).toEqual([2, 4, undefined, "long".repeat(5_000)]);
});

test("a run that goes on is told of when it ends, and does not hold up the others", async () => {
  const token = await wait.createToken();
  const waiting = await awaitToken.trigger({ token: token.id });
  const ended = await add.trigger({ a: 1, b: 2 });
  await finish(ended);
  const pieces = retrieve([waiting.id, ended.id], 10);
  expect((await pieces.next()).value).toMatchObject([{ id: ended.id, run: { status: "COMPLETED", output: 3 } }]);
  await wait.completeToken(token, { yes: true });
  expect((await pieces.next()).value).toMatchObject([{ id: waiting.id, run: { status: "COMPLETED" } }]);
  expect((await pieces.next()).done).toBe(true);
});

test("a run that has not ended in time is told of as it is", async () => {
  const token = await wait.createToken();
  const { id } = await awaitToken.trigger({ token: token.id });
  const found: Line[] = [];
  for (const seconds of [0, 0.05]) for await (const lines of retrieve([id], seconds)) found.push(...lines);
  expect(found.map((line) => [line.id, line.run?.status === "COMPLETED"])).toEqual([
    [id, false],
    [id, false],
  ]);
  await wait.completeToken(token, { yes: true });
  await finish(id);
});

test("what cannot be told of has a line that says why", async () => {
  const long = await repeat.trigger({ text: "long", times: 5_000 });
  await finish(long);
  const [made, stranger] = [long.id.slice(0, -1) + (long.id.endsWith("x") ? "y" : "x"), "run_nonsense"];
  const lines: Line[] = [];
  for await (const piece of retrieve([long.id, made, stranger, long.id], 0)) lines.push(...piece);
  const codes = lines.map(({ id, code }) => [id, code]).toSorted(([, a = ""], [, b = ""]) => a.localeCompare(b));
  expect(codes[0]).toEqual([long.id, "retrieve_alone"]);
  expect(codes.slice(1).map(([, code]) => code)).toEqual(["run_not_found", "run_not_found"]);
  expect(lines.find(({ id }) => id === stranger)?.error).toBe('There is no run "run_nonsense".');
  await expect(Promise.all([long.id, stranger].map((id) => runs.retrieve(id)))).rejects.toMatchObject({
    status: 404,
    code: "run_not_found",
  });
});

test("relatives in other groups are told of", async () => {
  const top = await lineage.trigger({ levels: 2 });
  const { sent } = (await outputOf(top)) as { readonly sent: string };
  await finish(sent);
  const [above, below] = await Promise.all([runs.retrieve(top.id), runs.retrieve(sent)]);
  expect(above?.id).toBe(top.id);
  expect(below?.relatedRuns).toMatchObject({ parent: { id: top.id }, root: { id: top.id } });
});

test("the route takes POST only, and needs the key", async () => {
  expect(await call("GET", "/api/v1/runs/retrieve")).toMatchObject({
    status: 405,
    body: { code: "method_not_allowed" },
  });
  const headers = { authorization: "Bearer tr_dev_wrong" };
  const answer = await call("POST", "/api/v1/runs/retrieve", { body: { ids: ["run_1"] }, headers });
  expect(answer).toMatchObject({ status: 401 });
});
