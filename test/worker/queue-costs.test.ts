import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { countStorage, resetCounts, total, type Counts } from "../support/counting.ts";
import { queues } from "../support/tasks-queues.ts";
import { call, countEverything, expectCompleted, quiet, requestsOf, trigger } from "./counted-calls.ts";

// Ten at once.
const QUEUE = queues.counted.name;
const options = { queue: QUEUE };

beforeAll(async () => {
  await countEverything();
  await runInDurableObject(env.QUEUE_KEEPER.getByName(QUEUE), (keeper, { storage }) => {
    countStorage(storage, keeper, "queue");
  });
  // The first one makes the tables of the queue.
  await trigger("hello", { name: "Ada" }, crypto.randomUUID(), options);
  await quiet(1);
});

beforeEach(async () => {
  await quiet(0);
  resetCounts();
});

async function changeQueue(name: string, verb: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  await call(`/api/v1/queues/${name}/${verb}`, { method: "POST", body: JSON.stringify(body), headers });
}

const ofQueue = ({ rowsWritten }: Counts) => total(rowsWritten, "queue: ");
const ofGroups = (counts: Counts) => total(counts.rowsWritten) - ofQueue(counts);

test("a queue without limits has no object, and costs nothing", async () => {
  const plain = await trigger("hello", { name: "Ada" }, crypto.randomUUID());
  const before = await quiet(1);
  resetCounts();
  const named = await trigger("hello", { name: "Ada" }, crypto.randomUUID(), { queue: "task/hello" });
  const counts = await quiet(1);
  await expectCompleted(plain, named);

  expect(counts.rowsWritten).toEqual(before.rowsWritten);
  expect(requestsOf("QueueKeeper", counts)).toEqual({});
});

test("a list asks the objects of queues with limits only, and what is not set is taken back without a row", async () => {
  const { data } = await (await call("/api/v1/queues?perPage=100", {})).json<{ data: { isLimited: boolean }[] }>();
  const limited = data.filter(({ isLimited }) => isLimited).length;
  expect(limited).toBeLessThan(data.length);
  expect(requestsOf("QueueKeeper", await quiet(0))).toEqual({ "QueueKeeper.describe": limited });
  await changeQueue("hello", "pause", { type: "task", action: "resume" });
  await changeQueue("hello", "concurrency/reset", { type: "task" });
  expect((await quiet(0)).rowsWritten).toEqual({});
});

test("a run that finds a slot free costs 9 rows in its group, 2 in the queue, and two requests to that", async () => {
  const id = await trigger("hello", { name: "Ada" }, crypto.randomUUID(), options);
  const counts = await quiet(1);
  await expectCompleted(id);

  // It was never in line. The alarm of the queue, once a minute, is not of this run alone.
  const { "queue: setAlarm": alarms = 0 } = counts.rowsWritten;
  expect([ofGroups(counts), ofQueue(counts) - alarms]).toEqual([9, 2]);
  expect(requestsOf("QueueKeeper", counts)).toEqual({ "QueueKeeper.wish": 2 });
  expect(requestsOf("RunGroup", counts)).toEqual({ "RunGroup.start": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
  expect(counts.queueMessages).toBe(1);
});

test("a run that waits in line costs a row more in its group, two or three more in the queue, and a request", async () => {
  const pause = (action: string) => changeQueue(QUEUE, "pause", { type: "custom", action });
  await pause("pause");
  await quiet(0);
  resetCounts();
  const id = await trigger("hello", { name: "Ada" }, crypto.randomUUID(), options);
  await quiet(1);
  await pause("resume");
  const counts = await quiet(2);
  await expectCompleted(id);

  // One of the group's is the note of what the index has, since it waited for so long. Of the queue's, one is that it is not
  // paused any more, and one its alarm, if that was not set before.
  expect(ofGroups(counts)).toBeLessThanOrEqual(11);
  expect(ofQueue(counts)).toBeLessThanOrEqual(6);
  expect(requestsOf("QueueKeeper", counts)).toMatchObject({ "QueueKeeper.wish": 2, "QueueKeeper.setPaused": 1 });
  expect(requestsOf("RunGroup", counts)).toMatchObject({
    "RunGroup.start": 1,
    "RunGroup.grant": 1,
    "RunGroup.claim": 1,
  });
});

test("one of a hundred runs in a batch costs at most 5.6 rows in the group and 3.9 in the queue, and shares its requests", async () => {
  const headers = { "content-type": "application/json", "x-trigger-request-idempotency-key": crypto.randomUUID() };
  const made = await call("/api/v3/batches", { method: "POST", body: JSON.stringify({ runCount: 100 }), headers });
  const { id } = await made.json<{ id: string }>();
  const items = Array.from({ length: 100 }, (_, index) => {
    return JSON.stringify({ index, task: "hello", payload: { name: "Ada" }, options });
  });
  const lines = { "content-type": "application/x-ndjson" };
  await call(`/api/v3/batches/${id}/items`, { method: "POST", body: items.join("\n"), headers: lines });
  const counts = await quiet(100);
  const { status, runs } = await (await call(`/api/v2/batches/${id}`, {})).json<{ status: string; runs: string[] }>();
  expect([status, runs.length]).toEqual(["COMPLETED", 100]);

  expect(ofGroups(counts) / 100).toBeLessThanOrEqual(5.6);
  expect(ofQueue(counts) / 100).toBeLessThanOrEqual(3.9);
  expect(total(requestsOf("QueueKeeper", counts)) / 100).toBeLessThanOrEqual(0.3);
  expect(total(requestsOf("RunGroup", counts)) / 100).toBeLessThanOrEqual(0.4);
  expect(counts.queueMessages).toBeLessThanOrEqual(3);
});
