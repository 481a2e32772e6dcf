import { expect, test } from "vitest";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { call, lines } from "./api.ts";

const NDJSON = { "content-type": "application/x-ndjson" };

test.each<readonly [string, string, number, string, string]>([
  ["a line that is no JSON", '{"index":0,"task":"add"}\n{"index":1,', 400, "malformed_json", "Line 2"],
  ["an item without a task", lines({ index: 0 }), 400, "invalid_field", "task"],
  ["an item without an index", lines({ task: "add" }), 400, "invalid_field", "index"],
  ["an index that is no whole number", lines({ index: 0.5, task: "add" }), 400, "invalid_field", "index"],
  ["an index out of range", lines({ index: 2, task: "add" }), 400, "batch_index_out_of_range", "index 2"],
  [
    "an option that is not built yet",
    lines({ index: 0, task: "add", options: { gates: {} } }),
    400,
    "unsupported_option",
    '"gates"',
  ],
  [
    "a payload over the limit",
    lines({
      index: 0,
      task: "echo",
      payload: "x".repeat(LIMITS.payloadBytes + 1),
      options: { payloadType: "text/plain" },
    }),
    413,
    "payload_too_large",
    String(LIMITS.payloadBytes),
  ],
])("%s is refused", async (_, body, status, code, says) => {
  const { body: batch } = await call("POST", "/api/v3/batches", { body: { runCount: 2 } });
  const answer = await call("POST", `/api/v3/batches/${batch.id}/items`, { body, headers: NDJSON });
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  expect(answer.body.error).toContain(says);
});

test("new items after the seal are refused", async () => {
  const { body: batch } = await call("POST", "/api/v3/batches", { body: { runCount: 1 } });
  const path = `/api/v3/batches/${batch.id}/items`;
  const item = { index: 0, task: "add", payload: { a: 1, b: 1 } };
  expect((await call("POST", path, { body: lines(item), headers: NDJSON })).body["sealed"]).toBe(true);
  const late = await call("POST", path, { body: lines({ ...item, index: 1 }), headers: NDJSON });
  // All places of a sealed batch are taken: a new item has none.
  expect(late).toMatchObject({ status: 400, body: { code: "batch_index_out_of_range" } });
});

test("items as plain JSON are refused", async () => {
  const { body: batch } = await call("POST", "/api/v3/batches", { body: { runCount: 1 } });
  const answer = await call("POST", `/api/v3/batches/${batch.id}/items`, { body: [] });
  expect(answer).toMatchObject({ status: 415, body: { code: "unsupported_content_type" } });
});
