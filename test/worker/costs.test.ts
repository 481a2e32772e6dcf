import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { newRequestKey } from "../../sdk/lib/request-key.ts";
import { IndexGatherer, PacketHold, RunGroup } from "../../worker/create-worker.ts";
import {
  countDatabase,
  countQueue,
  countRequests,
  countStorage,
  readCounts,
  resetCounts,
  total,
  type Counts,
} from "../support/counting.ts";

const QUEUE_OPERATIONS_PER_MESSAGE = 3;
/** Longer than changes are gathered for the index: after this time without a change nothing is under way. */
const QUIET_MS = 600;

beforeAll(async () => {
  countRequests("RunGroup", RunGroup);
  countRequests("IndexGatherer", IndexGatherer);
  countRequests("PacketHold", PacketHold);
  countQueue(env.RUN_QUEUE);
  countDatabase(env.RUN_INDEX);
  const unused = env.RUN_GROUP.get(env.RUN_GROUP.idFromName("unused"));
  await runInDurableObject(unused, (group, { storage }) => countStorage(storage, group));
});

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
  expect(groupRequests(counts)).toEqual({ "RunGroup.start": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
});

test("hooks that remember and log nothing cost no row and no request", async () => {
  const id = await trigger("idle-hooks", {}, crypto.randomUUID());
  const counts = await quiet(1);
  await expectCompleted(id);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) <= 8);
  expect(groupRequests(counts)).toEqual({ "RunGroup.start": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
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
  expect(groupRequests(noted)).toEqual({ "RunGroup.start": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
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

test("an awaited child of a batch costs at most 4 rows and next to no messages and requests", async () => {
  const words = Array.from({ length: 100 }, () => "word");
  const id = await trigger("fan-out", { words }, crypto.randomUUID());
  const counts = await quiet(101);
  await expectCompleted(id);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) / 100 <= 4);
  expect((counts.queueMessages * QUEUE_OPERATIONS_PER_MESSAGE) / 100).toBeLessThan(0.5);
  expect(total(groupRequests(counts)) / 100).toBeLessThan(0.5);
});

test("a hundred runs that one bulk action replays cost at most 4 rows each, those of the action included", async () => {
  const ids = await Promise.all(Array.from({ length: 100 }, () => trigger("hello", { name: "Ada" }, newRequestKey())));
  await quiet(100);
  resetCounts();
  const response = await exports.default.fetch("http://runlet.test/api/v1/bulk-actions", {
    method: "POST",
    body: JSON.stringify({ action: "replay", runIds: ids }),
    headers: { "content-type": "application/json", authorization: `Bearer ${env.RUNLET_SECRET_KEY}` },
  });
  expect(response.status).toBe(202);
  const counts = await quiet(300);

  expect(counts.rowsWritten).toSatisfy((rows: Counts["rowsWritten"]) => total(rows) / 100 <= 4);
});

test("a token costs 4 rows in its group and one in the index, and completed in time 2 and one more", async () => {
  const { id } = await createToken({});
  const made = await quiet(1);
  expect([total(made.rowsWritten), made.indexRows, groupRequests(made)]).toEqual([4, 1, { "RunGroup.createToken": 1 }]);
  resetCounts();
  await complete(id);
  const completed = await quiet(1);
  expect([total(completed.rowsWritten), completed.indexRows]).toEqual([2, 1]);
  expect(groupRequests(completed)).toEqual({ "RunGroup.completeToken": 1 });
});

test("the tags and the key of a token cost a row each in the index, once", async () => {
  const { id } = await createToken({ tags: ["a", "b"], idempotencyKey: "costly" });
  expect((await quiet(4)).indexRows).toBe(4);
  resetCounts();
  await complete(id);
  expect((await quiet(1)).indexRows).toBe(1);
});

test("a payload that is put at an address costs 4 rows and two requests more", async () => {
  await trigger("echo", { text: "x".repeat(200_000) }, crypto.randomUUID());
  const plain = await quiet(1);
  resetCounts();
  const given = await call("/api/v2/packets/payload", { method: "PUT" });
  const { presignedUrl, storagePath } = await given.json<{ presignedUrl: string; storagePath: string }>();
  const body = JSON.stringify({ json: { text: "x".repeat(200_000) } });
  const type = "application/super+json";
  await call(new URL(presignedUrl).pathname, { method: "PUT", body, headers: { "content-type": type } });
  await call("/api/v1/tasks/echo/trigger", {
    method: "POST",
    body: JSON.stringify({ payload: storagePath, options: { payloadType: "application/store" } }),
    headers: { "content-type": "application/json", "x-trigger-request-idempotency-key": crypto.randomUUID() },
  });
  const put = await quiet(1);

  expect(total(put.rowsWritten) - total(plain.rowsWritten)).toBe(4);
  expect(put.objectRequests).toEqual({ ...plain.objectRequests, "PacketHold.put": 1, "PacketHold.take": 1 });
});

async function createToken(options: object): Promise<{ id: string }> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", body: JSON.stringify(options), headers };
  return (await call("/api/v1/waitpoints/tokens", init)).json<{ id: string }>();
}

async function complete(token: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  await call(`/api/v1/waitpoints/tokens/${token}/complete`, { method: "POST", body: "{}", headers });
}

async function trigger(task: string, payload: object, requestKey: string, options: object = {}): Promise<string> {
  const response = await call(`/api/v1/tasks/${task}/trigger`, {
    method: "POST",
    body: JSON.stringify({
      payload: JSON.stringify(payload),
      options: { payloadType: "application/json", ...options },
    }),
    headers: { "content-type": "application/json", "x-trigger-request-idempotency-key": requestKey },
  });
  const { id } = await response.json<{ id: string }>();
  return id;
}

async function expectCompleted(...ids: string[]): Promise<void> {
  for (const id of ids) {
    const run = await (await call(`/api/v3/runs/${id}`, {})).json();
    expect(run).toMatchObject({ id, status: "COMPLETED" });
  }
}

async function call(path: string, { headers, ...init }: RequestInit): Promise<Response> {
  const authorization = `Bearer ${env.RUNLET_SECRET_KEY}`;
  const response = await exports.default.fetch(`http://runlet.test${path}`, {
    ...init,
    headers: { ...(headers as Record<string, string>), authorization },
  });
  expect(response.status).toBe(200);
  return response;
}

/** The counts once the index has `rows` runs more and nothing has changed for a while. Asks no group, which would count. */
async function quiet(rows: number): Promise<Counts> {
  for (;;) {
    const before = readCounts();
    await scheduler.wait(QUIET_MS);
    const counts = readCounts();
    if (counts.indexRows >= rows && JSON.stringify(counts) === JSON.stringify(before)) return counts;
  }
}

function groupRequests({ objectRequests }: Counts): Record<string, number> {
  return Object.fromEntries(Object.entries(objectRequests).filter(([name]) => name.startsWith("RunGroup.")));
}
