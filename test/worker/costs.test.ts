import { beforeAll, beforeEach, expect, test } from "vitest";
import { newRequestKey } from "../../sdk/lib/request-key.ts";
import { readCounts, resetCounts, total, type Counts } from "../support/counting.ts";
import {
  call,
  countEverything,
  expectCompleted,
  quiet,
  QUEUE_OPERATIONS_PER_MESSAGE,
  requestsOf,
  trigger,
} from "./counted-calls.ts";

beforeAll(countEverything);

beforeEach(async () => {
  await quiet(0);
  resetCounts();
});

test("a run alone in its group costs at most 7 rows in it, one message and three requests", async () => {
  const id = await trigger("hello", { name: "Ada" }, crypto.randomUUID());
  const counts = await quiet(1);
  await expectCompleted(id);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) <= 7);
  // One for what is due first, one for the end of the group's retention.
  expect(counts.rowsWritten).toMatchObject({ setAlarm: 2 });
  expect(counts.rowsWritten).not.toHaveProperty("deleteAlarm");
  expect(counts.queueMessages * QUEUE_OPERATIONS_PER_MESSAGE).toBe(3);
  expect(requestsOf("RunGroup", counts)).toEqual({ "RunGroup.start": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
});

test("hooks that remember and log nothing cost no row and no request", async () => {
  const id = await trigger("idle-hooks", {}, crypto.randomUUID());
  const counts = await quiet(1);
  await expectCompleted(id);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) <= 8);
  expect(requestsOf("RunGroup", counts)).toEqual({ "RunGroup.start": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
});

test("metadata and tags cost a row for the metadata of a run, and no request", async () => {
  await trigger("hello", { name: "Ada" }, crypto.randomUUID());
  const plain = await quiet(1);
  resetCounts();
  const id = await trigger("note-once", {}, crypto.randomUUID());
  const noted = await quiet(2);
  resetCounts();
  await trigger("hello", { name: "Ada" }, crypto.randomUUID(), { metadata: { a: 1 } });
  const given = await quiet(1);

  expect(noted.rowsWritten).toEqual({ ...plain.rowsWritten, "INSERT OR REPLACE INTO metadata": 1 });
  expect(requestsOf("RunGroup", noted)).toEqual({ "RunGroup.start": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
  expect(given.rowsWritten).toEqual({ ...plain.rowsWritten, "INSERT OR REPLACE INTO metadata": 1 });
  const run = await (await call(`/api/v3/runs/${id}`, {})).json();
  expect(run).toMatchObject({ status: "COMPLETED", metadata: { done: true, n: 2 }, tags: ["noted"] });
});

test("one of a hundred runs triggered together costs at most 4 rows", async () => {
  const now = Date.now();
  const keys = Array.from({ length: 100 }, () => newRequestKey(now));
  const ids = await Promise.all(keys.map((key) => trigger("hello", { name: "Ada" }, key)));
  const counts = await quiet(100);
  await expectCompleted(...ids);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) / 100 <= 4);
});

test("a hundred runs that are retrieved together are one request to each of their groups", async () => {
  const now = Date.now();
  const keys = Array.from({ length: 100 }, () => newRequestKey(now));
  const ids = await Promise.all(keys.map((key) => trigger("hello", { name: "Ada" }, key)));
  await quiet(100);
  resetCounts();
  const runs = await retrieveTogether(ids, 5);

  expect(runs).toHaveLength(100);
  for (const run of runs) expect(run).toMatchObject({ status: "COMPLETED" });
  expect(readCounts()).toMatchObject({ rowsWritten: {}, objectRequests: { "RunGroup.retrieveAll": 1 } });
  expect(total(readCounts().objectRequests)).toBe(1);
});

test("a run that goes on is asked for once when nobody waits for it, and once more when somebody does", async () => {
  const id = await trigger("hello", { name: "Ada" }, newRequestKey(), { delay: "1h" });
  await quiet(1);
  for (const [wait, requests] of [
    [0, 1],
    [0.05, 2],
  ] as const) {
    resetCounts();
    expect(await retrieveTogether([id], wait)).toMatchObject([{ status: "DELAYED" }]);
    expect(requestsOf("RunGroup", readCounts())).toEqual({ "RunGroup.retrieveAll": requests });
  }
});

async function retrieveTogether(ids: readonly string[], wait: number): Promise<unknown[]> {
  const init = { method: "POST", body: JSON.stringify({ ids, wait }), headers: { "content-type": "application/json" } };
  const bytes = await (await call("/api/v1/runs/retrieve", init)).arrayBuffer();
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as { readonly run: unknown }).run);
}

test("an awaited child of a batch is written twice, when it is claimed and when it ends, and costs next to no messages and requests", async () => {
  const words = Array.from({ length: 100 }, () => "word");
  const id = await trigger("fan-out", { words }, crypto.randomUUID());
  const counts = await quiet(101);
  await expectCompleted(id);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) / 100 <= 2.2);
  expect((counts.queueMessages * QUEUE_OPERATIONS_PER_MESSAGE) / 100).toBeLessThan(0.5);
  expect(total(requestsOf("RunGroup", counts)) / 100).toBeLessThan(0.5);
});

test("a hundred runs that one bulk action replays cost at most 4 rows each, those of the action included", async () => {
  const ids = await Promise.all(Array.from({ length: 100 }, () => trigger("hello", { name: "Ada" }, newRequestKey())));
  await quiet(100);
  resetCounts();
  const body = JSON.stringify({ action: "replay", runIds: ids });
  await call("/api/v1/bulk-actions", { method: "POST", body, headers: { "content-type": "application/json" } });
  const counts = await quiet(300);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) / 100 <= 4);
});
