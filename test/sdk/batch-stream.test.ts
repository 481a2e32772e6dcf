import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { encodeBodies, encodeParts } from "../../sdk/lib/batch-body.ts";
import type { BatchItemRequest } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { HttpDoor } from "../../sdk/lib/http-door.ts";
import { encodePacket } from "../../sdk/lib/packet.ts";
import { serve, serveRaw, type Answer, type TestServer } from "../support/http-server.ts";
import { notedPacing } from "../support/pacing.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

const SEALED = { id: "batch_1", itemsAccepted: 0, itemsDeduplicated: 0, sealed: true };

/** Items that are made when they are taken, and count how many were. */
class Items implements Iterable<BatchItemRequest> {
  taken = 0;
  readonly #count: number;
  readonly #text: string;
  readonly #failAt: number;
  readonly #failure: unknown;

  constructor(count: number, text: string, failAt = -1, failure: unknown = new Error("cannot be read")) {
    this.#count = count;
    this.#text = text;
    this.#failAt = failAt;
    this.#failure = failure;
  }

  *[Symbol.iterator]() {
    for (let index = 0; index < this.#count; index++) {
      if (index === this.#failAt) throw this.#failure;
      this.taken++;
      yield { index, task: "t", payload: encodePacket(this.#text), options: { tags: ["x"] } };
    }
  }
}

async function doorTo(itemsAnswer: (nth: number) => Answer): Promise<{ door: HttpDoor; pauses: number[] }> {
  let sent = 0;
  server = await serve(({ url, body }) => {
    if (url === "/api/v3/batches")
      return { status: 202, body: { id: "batch_1", isCached: false, ...JSON.parse(body) } };
    return itemsAnswer(sent++);
  });
  const pacing = notedPacing();
  return { door: new HttpDoor({ baseURL: server.url, accessToken: "k" }, pacing), pauses: pacing.pauses };
}

function sentItems(nth: number): Record<string, unknown>[] {
  const lines = server?.seen[nth]?.body.trimEnd().split("\n") ?? [];
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const request = { runCount: 3, requestKey: "k" };

describe("a batch over HTTP", () => {
  test("is created with its count and sent as lines", async () => {
    const { door } = await doorTo(() => ({ body: SEALED }));
    expect(await door.triggerBatch(request, new Items(3, "a"))).toEqual({ id: "batch_1", runCount: 3 });
    expect(server?.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /api/v3/batches",
      "POST /api/v3/batches/batch_1/items",
    ]);
    expect(JSON.parse(server?.seen[0]?.body ?? "")).toEqual({ runCount: 3 });
    expect(server?.seen[0]?.headers["x-trigger-request-idempotency-key"]).toBe("k");
    expect(server?.seen[1]?.headers["content-type"]).toBe("application/x-ndjson");
    expect(sentItems(1)).toEqual(
      [0, 1, 2].map((index) => ({
        index,
        task: "t",
        payload: "a",
        options: { payloadType: "text/plain", tags: ["x"] },
      })),
    );
  });

  test("is streamed when it is long, and sent whole", async () => {
    const { door } = await doorTo(() => ({ body: SEALED }));
    await door.triggerBatch({ ...request, runCount: 500 }, new Items(500, "é".repeat(1000)));
    expect(server?.seen[1]?.headers["transfer-encoding"]).toBe("chunked");
    expect(sentItems(1).map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(sentItems(1)[499]?.payload).toBe("é".repeat(1000));
  });

  test("takes its items only as fast as they are read", async () => {
    const items = new Items(1000, "x".repeat(100_000));
    let takenWhileUnread = 0;
    server = await serveRaw(async (incoming, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      if (!incoming.url?.endsWith("/items")) {
        return void response.end(JSON.stringify({ id: "batch_1", runCount: 1000, isCached: false }));
      }
      await once(incoming, "readable");
      await new Promise((resolve) => setTimeout(resolve, 200));
      takenWhileUnread = items.taken;
      incoming.resume();
      await once(incoming, "end");
      response.end(JSON.stringify(SEALED));
    });
    const door = new HttpDoor({ baseURL: server.url, accessToken: "k" }, notedPacing());
    await door.triggerBatch({ ...request, runCount: 1000 }, items);
    expect(takenWhileUnread).toBeLessThan(200);
    expect(items.taken).toBeGreaterThanOrEqual(1000);
  });

  test.each([
    ["short", "a"],
    ["long", "a".repeat(100_000)],
  ])("sends all items anew after a failure, when it is %s", async (_length, text) => {
    const answers: Answer[] = [{ status: 503, body: {} }, { hangUp: true }, { body: { ...SEALED, sealed: false } }];
    const { door, pauses } = await doorTo((nth) => answers[nth] ?? { body: SEALED });
    await door.triggerBatch(request, new Items(3, text));
    expect(pauses.map(Math.round)).toEqual([1000, 1600, 2560]);
    for (const nth of [1, 2, 3, 4]) expect(sentItems(nth).map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test("fails when it is never sealed", async () => {
    const { door, pauses } = await doorTo(() => ({ body: { ...SEALED, sealed: false } }));
    await expect(door.triggerBatch(request, new Items(3, "a"))).rejects.toMatchObject({ code: "batch_not_sealed" });
    expect(pauses).toHaveLength(4);
  });

  test("fails at once with what the platform refuses while it is streamed", async () => {
    server = await serveRaw(async (incoming, response) => {
      response.writeHead(incoming.url?.endsWith("/items") ? 400 : 200, { "content-type": "application/json" });
      const created = { id: "batch_1", runCount: 400, isCached: false };
      response.end(
        JSON.stringify(incoming.url?.endsWith("/items") ? { error: "bad line 1", code: "bad_item" } : created),
      );
      incoming.resume();
    });
    const pacing = notedPacing();
    const door = new HttpDoor({ baseURL: server.url, accessToken: "k" }, pacing);
    await expect(
      door.triggerBatch({ ...request, runCount: 400 }, new Items(400, "x".repeat(10_000))),
    ).rejects.toMatchObject({ status: 400, code: "bad_item" });
    expect(pacing.pauses).toEqual([]);
  });

  test("creates nothing when its first items cannot be encoded", async () => {
    const { door } = await doorTo(() => ({ body: SEALED }));
    await expect(door.triggerBatch(request, new Items(3, "a", 1))).rejects.toMatchObject({
      name: "RunletError",
      message: "An item of the batch cannot be encoded.",
      cause: expect.objectContaining({ message: "cannot be read" }),
    });
    expect(server?.seen).toEqual([]);
  });

  test("is not sent again when a later item cannot be encoded", async () => {
    const { door, pauses } = await doorTo(() => ({ body: SEALED }));
    const tooLarge = new RunletApiError(413, "payload_too_large", "too large");
    await expect(door.triggerBatch(request, new Items(300, "a".repeat(10_000), 200, tooLarge))).rejects.toBe(tooLarge);
    expect(pauses).toEqual([]);
  });
});

describe("the text of a batch", () => {
  test("comes in parts of bounded length, each of whole lines", () => {
    const parts = [...encodeParts(new Items(100, "x".repeat(1000)), 10_000)];
    expect(parts.length).toBeGreaterThan(8);
    for (const part of parts) {
      expect(part.length).toBeLessThan(12_000);
      expect(part.endsWith("\n")).toBe(true);
    }
    expect(parts.join("").trimEnd().split("\n")).toHaveLength(100);
  });

  test("comes as several requests where a request cannot be streamed", () => {
    const bodies = [...encodeBodies(new Items(300, "x".repeat(10_000)), false)].map((make) => make());
    const texts = bodies.filter((body) => typeof body === "string");
    expect(texts.length).toBeGreaterThan(2);
    expect(texts).toHaveLength(bodies.length);
    expect(texts.join("").trimEnd().split("\n")).toHaveLength(300);
  });
});
