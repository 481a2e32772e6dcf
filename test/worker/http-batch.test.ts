import { describe, expect, test } from "vitest";
import type { BatchItemRequest } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { post, RecordingEngine, ask, type Answered } from "./recording-engine.ts";

const ITEMS = "/api/v3/batches/batch_1/items";
const LINES = { "content-type": "application/x-ndjson" };

function sendItems(body: BodyInit, engine = new RecordingEngine()): Promise<Answered> {
  return ask(ITEMS, { method: "POST", body, headers: LINES }, engine);
}

/** The items that the engine took before the answer, and the answer. */
async function sent(body: BodyInit): Promise<{ readonly answer: Answered; readonly items: BatchItemRequest[] }> {
  const engine = new RecordingEngine();
  const answer = await sendItems(body, engine);
  return { answer, items: (engine.calls[0]?.[2] ?? []) as BatchItemRequest[] };
}

function streamOf(...chunks: readonly (string | Uint8Array)[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      controller.close();
    },
  });
}

const line = (index: number, rest: object = {}) => `${JSON.stringify({ index, task: "hello", ...rest })}\n`;

describe("the creation of a batch", () => {
  test("is accepted with its id", async () => {
    const engine = new RecordingEngine();
    const body = { runCount: 3, taskIdentifiers: ["hello"] };
    const answer = await post("/api/v3/batches", body, engine, { "x-trigger-request-idempotency-key": "k" });
    expect([answer.status, answer.body]).toEqual([202, { id: "batch_1", runCount: 3, isCached: false }]);
    expect(engine.calls).toEqual([["createBatch", { runCount: 3, requestKey: "k" }]]);
  });

  test.each([0, -1, 1.5, "3", null])("with the runCount %j is refused", async (runCount) => {
    const { status, body } = await post("/api/v3/batches", { runCount });
    expect([status, body["code"]]).toEqual([400, "invalid_field"]);
    expect(body["error"]).toContain("runCount");
  });

  test("without a body is refused", async () => {
    expect((await post("/api/v3/batches", "")).status).toBe(400);
  });

  test("of more items than a batch holds is refused with the limit", async () => {
    const { status, body } = await post("/api/v3/batches", { runCount: LIMITS.batchItems + 1 });
    expect([status, body["code"]]).toEqual([413, "batch_too_large"]);
    expect(body["error"]).toContain(String(LIMITS.batchItems));
    expect((await post("/api/v3/batches", { runCount: LIMITS.batchItems })).status).toBe(202);
  });

  test.each([{ gates: {} }, { parentRunId: "run_1" }, { resumeParentOnCompletion: true }])(
    "with %j is refused by name",
    async (option) => {
      const { status, body } = await post("/api/v3/batches", { runCount: 1, ...option });
      expect([status, body["code"]]).toEqual([400, "unsupported_option"]);
      expect(body["error"]).toContain(Object.keys(option)[0]);
    },
  );
});

describe("the items of a batch", () => {
  test("are taken line by line, in their order", async () => {
    const { answer, items } = await sent(line(0, { payload: { a: 1 } }) + line(1, { options: { tags: ["t"] } }));
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: "batch_1", itemsAccepted: 2, itemsDeduplicated: 0, sealed: true },
    ]);
    expect(items).toEqual([
      { index: 0, task: "hello", payload: { type: "application/json", data: '{"a":1}' }, options: {} },
      { index: 1, task: "hello", payload: { type: "application/json" }, options: { tags: ["t"] } },
    ]);
  });

  test("may lack the last line end, have empty lines and other line ends", async () => {
    const { items } = await sent(`\n${line(0)}\r\n  \n${line(1).trimEnd()}\r\n${line(2).trimEnd()}`);
    expect(items.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test("may be cut into pieces anywhere, inside a letter too", async () => {
    const bytes = new TextEncoder().encode(line(0, { payload: "ü€🙂" }) + line(1, { payload: "é" }));
    const { items } = await sent(streamOf(...Array.from(bytes, (byte) => new Uint8Array([byte]))));
    expect(items.map(({ payload }) => payload.data)).toEqual(['"ü€🙂"', '"é"']);
  });

  test("may be none", async () => {
    expect((await sent("")).answer.body["itemsAccepted"]).toBe(0);
    expect((await ask(ITEMS, { method: "POST", headers: LINES })).body["itemsAccepted"]).toBe(0);
  });

  test("reach the engine before the last of them was sent", async () => {
    const engine = new RecordingEngine();
    const pipe = new TransformStream<Uint8Array, Uint8Array>();
    const writer = pipe.writable.getWriter();
    const answer = sendItems(pipe.readable, engine);
    await writer.write(new TextEncoder().encode(line(0) + line(1)));
    await expect.poll(() => (engine.calls[0]?.[2] as unknown[] | undefined)?.length).toBe(2);
    await writer.write(new TextEncoder().encode(line(2)));
    await writer.close();
    expect((await answer).body["itemsAccepted"]).toBe(3);
  });

  test("are read no further once the engine refuses", async () => {
    const engine = new RecordingEngine();
    let pulled = 0;
    let canceled = false;
    engine.addBatchItems = async (_, items) => {
      for await (const item of items) throw new RunletApiError(422, "no_place", `No place for ${item.index}.`);
      return { itemsAccepted: 0, itemsDeduplicated: 0, sealed: false };
    };
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(line(pulled)));
        pulled += 1;
      },
      cancel() {
        canceled = true;
      },
    });
    expect((await sendItems(body, engine)).status).toBe(422);
    expect(pulled).toBeLessThan(10);
    expect(canceled).toBe(true);
  });

  test.each<[string, string, string]>([
    ["malformed JSON", "{", "malformed_json"],
    ["a line that is no object", "[]", "invalid_field"],
    ["no index", '{"task":"hello"}', "invalid_field"],
    ["a negative index", '{"index":-1,"task":"hello"}', "invalid_field"],
    ["an index that is text", '{"index":"0","task":"hello"}', "invalid_field"],
    ["no task", '{"index":0}', "invalid_field"],
    ["options of the wrong type", '{"index":0,"task":"hello","options":3}', "invalid_field"],
    ["an option that is not built", '{"index":0,"task":"hello","options":{"gates":{}}}', "unsupported_option"],
    ["an option out of range", '{"index":0,"task":"hello","options":{"maxAttempts":0}}', "invalid_option"],
    ["a field of another name", '{"index":0,"task":"hello","tags":["a"]}', "unknown_field"],
  ])("are refused with the line that has %s", async (_, bad, code) => {
    const { answer, items } = await sent(`${line(0)}\n${bad}\n${line(2)}`);
    expect([answer.status, answer.body["code"]]).toEqual([400, code]);
    expect(answer.body["error"]).toMatch(/^Line 3[: ]/);
    expect(items.map(({ index }) => index)).toEqual([0]);
  });

  test("are refused from the line on whose payload is too large", async () => {
    const large = "x".repeat(LIMITS.payloadBytes + 1);
    const { answer, items } = await sent(line(0) + line(1, { payload: large, options: { payloadType: "text/plain" } }));
    expect([answer.status, answer.body["code"]]).toEqual([413, "payload_too_large"]);
    expect(answer.body["error"]).toContain("Line 2");
    expect(items).toHaveLength(1);
  });

  test("are refused when a line does not end, without holding it all", async () => {
    let pulled = 0;
    const piece = new TextEncoder().encode("x".repeat(1024 * 1024));
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(piece);
      },
    });
    const answer = await sendItems(body);
    expect([answer.status, answer.body["code"]]).toEqual([413, "payload_too_large"]);
    expect(pulled).toBeLessThan(12);
  });

  test.each(["application/json", "text/plain"])("of the content type %s are refused", async (type) => {
    const { status, body } = await post(ITEMS, line(0), undefined, { "content-type": type });
    expect([status, body["code"]]).toEqual([415, "unsupported_content_type"]);
  });

  test("whose sender goes away are no fault of the platform", async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(line(0))),
      pull: (controller) => controller.error(new Error("connection reset")),
    });
    expect((await sendItems(body)).body["code"]).toBe("incomplete_body");
  });
});

describe("a batch", () => {
  test("is retrieved as the engine knows it", async () => {
    const { status, body } = await ask("/api/v2/batches/batch_7");
    expect(status).toBe(200);
    expect(body).toEqual({
      id: "batch_7",
      status: "PROCESSING",
      createdAt: "2026-06-01T12:00:00.000Z",
      updatedAt: "2026-06-01T12:00:00.000Z",
      runCount: 1,
      runs: ["run_1"],
      processing: { errors: [] },
    });
  });
});
