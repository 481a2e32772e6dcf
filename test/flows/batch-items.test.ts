import { beforeAll, expect, test } from "vitest";
import { batch, runs } from "../../sdk/index.ts";
import { double } from "../support/tasks-batches.ts";
import { startAndLinger } from "../support/tasks-cancel.ts";
import { call, connect, finish, lines } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

async function createBatch(runCount: number): Promise<string> {
  const { status, body } = await call("POST", "/api/v3/batches", { body: { runCount } });
  expect(status).toBe(202);
  expect(body).toEqual({ id: expect.stringMatching(/^batch_/), runCount, isCached: false });
  return body.id;
}

function sendItems(id: string, ...items: readonly unknown[]) {
  const headers = { "content-type": "application/x-ndjson" };
  return call("POST", `/api/v3/batches/${id}/items`, { body: lines(...items), headers });
}

/** The batch once it is final. */
async function settled(id: string) {
  await expect.poll(async () => (await batch.retrieve(id)).processing.completedAt, { timeout: 30_000 }).toBeDefined();
  return batch.retrieve(id);
}

const item = (index: number, outside: Outside, what = `item ${index}`) => ({
  index,
  task: "visit",
  payload: { outside: outside.name, what },
});

// Scenario 18.
test("a batch is created, its items are sent, and then they run", async () => {
  await using outside = new Outside();
  const id = await createBatch(2);
  expect(await batch.retrieve(id)).toMatchObject({ status: "PENDING", runCount: 2, runs: [] });
  const { status, body } = await sendItems(id, item(0, outside), item(1, outside));
  expect(status).toBe(200);
  expect(body).toEqual({ id, itemsAccepted: 2, itemsDeduplicated: 0, sealed: true });
  const { runs: ids, ...rest } = await settled(id);
  expect(rest).toMatchObject({ status: "COMPLETED", runCount: 2 });
  expect((await Promise.all(ids.map(finish))).map((run) => run.output)).toEqual(["item 0", "item 1"]);
});

// Scenario 13.
test("a batch of two is COMPLETED only after both are final", async () => {
  await using outside = new Outside();
  outside.hold("item 1");
  const id = await createBatch(2);
  await sendItems(id, item(0, outside), item(1, outside));
  const [first = ""] = (await batch.retrieve(id)).runs;
  expect((await finish(first)).status).toBe("COMPLETED");
  expect((await batch.retrieve(id)).status).toBe("PROCESSING");
  outside.release("item 1");
  expect((await settled(id)).status).toBe("COMPLETED");
});

// Scenarios 14 and 16.
test("an item of an unknown task is an error of the batch, which still ends", async () => {
  await using outside = new Outside();
  const id = await createBatch(2);
  const { body } = await sendItems(id, { index: 0, task: "visti" }, item(1, outside));
  expect(body).toMatchObject({ itemsAccepted: 2, sealed: true });
  const seen = await settled(id);
  expect(seen).toMatchObject({
    status: "PARTIAL_FAILED",
    processing: { errors: [{ index: 0, taskIdentifier: "visti", error: expect.stringContaining('"visit"') }] },
  });
  const [refused, run] = await Promise.all(seen.runs.map(finish));
  expect(refused).toMatchObject({ status: "SYSTEM_FAILURE", isCompleted: true, isFailed: true });
  expect(run?.output).toBe("item 1");
});

test("a batch of which no item can start is ABORTED", async () => {
  const id = await createBatch(1);
  await sendItems(id, { index: 0, task: "no-such-task-at-all" });
  expect((await settled(id)).status).toBe("ABORTED");
});

// Scenario 19.
test("an index that is sent twice is one run, and counted", async () => {
  await using outside = new Outside();
  const id = await createBatch(2);
  const twice = await sendItems(id, item(0, outside), item(0, outside, "the same place again"));
  expect(twice.body).toMatchObject({ itemsAccepted: 1, itemsDeduplicated: 1, sealed: false });
  const again = await sendItems(id, item(0, outside, "and again"), item(1, outside));
  expect(again.body).toMatchObject({ itemsAccepted: 1, itemsDeduplicated: 1, sealed: true });
  expect((await settled(id)).runs.length).toBe(2);
  expect(outside.tally).toEqual({ "item 0": 1, "item 1": 1 });
});

// Scenario 20.
test("items for an unknown batch are refused", async () => {
  await using outside = new Outside();
  const { status, body } = await sendItems("batch_none", item(0, outside));
  expect({ status, code: body.code }).toEqual({ status: 404, code: "batch_not_found" });
});

// Scenarios 21 and 22. That the batch is given up in the end is told by the machine's own tests.
test("a batch with items missing is not sealed, and nothing of it starts", async () => {
  await using outside = new Outside();
  const id = await createBatch(3);
  const { status, body } = await sendItems(id, item(0, outside), item(2, outside));
  expect(status).toBe(200);
  expect(body).toEqual({ id, itemsAccepted: 2, itemsDeduplicated: 0, sealed: false });
  const seen = await batch.retrieve(id);
  expect(seen.status).toBe("PENDING");
  for (const run of seen.runs) expect((await runs.retrieve(run)).status).toBe("QUEUED");
  expect(outside.told).toEqual([]);
  await sendItems(id, item(1, outside));
  const order = await Promise.all((await settled(id)).runs.map(finish));
  expect(order.map((run) => run.output)).toEqual(["item 0", "item 1", "item 2"]);
});

// Scenario 22.
test("items sent again after the seal change nothing, before and after the batch has ended", async () => {
  await using outside = new Outside();
  outside.hold("item 0");
  const id = await createBatch(1);
  await sendItems(id, item(0, outside));
  await outside.reached("item 0");
  const answer = { id, itemsAccepted: 0, itemsDeduplicated: 1, sealed: true };
  expect((await sendItems(id, item(0, outside))).body).toEqual(answer);
  outside.release("item 0");
  await settled(id);
  expect(await sendItems(id, item(0, outside))).toMatchObject({ status: 200, body: answer });
  expect(outside.tally).toEqual({ "item 0": 1 });
});

// Scenario 22.
test("an index out of range is refused, and the batch stays as it was", async () => {
  await using outside = new Outside();
  const id = await createBatch(2);
  const { status, body } = await sendItems(id, item(2, outside));
  expect({ status, code: body.code }).toEqual({ status: 400, code: "batch_index_out_of_range" });
  expect(body.error).toContain("index 2");
  expect((await sendItems(id, item(0, outside), item(1, outside))).body).toMatchObject({ sealed: true });
});

// Scenario 22.
test("a batch that was given up takes no items", async () => {
  await using outside = new Outside();
  outside.hold("item", "parent", "run", "leaf");
  const parent = await startAndLinger.trigger({ outside: outside.name });
  await outside.reached("parent");
  const batchId = outside.told.map((one) => /batch_\S+/.exec(one.what)?.[0]).find((id) => id !== undefined) ?? "";
  await runs.cancel(parent);
  await expect.poll(async () => (await batch.retrieve(batchId)).status, { timeout: 20_000 }).toBe("ABORTED");
  const { status, body } = await sendItems(batchId, item(0, outside));
  expect({ status, code: body.code }).toEqual({ status: 400, code: "batch_aborted" });
});

test("a batch that is created again with the same request key is the same batch", async () => {
  const headers = { "x-trigger-request-idempotency-key": crypto.randomUUID() };
  const first = await call("POST", "/api/v3/batches", { body: { runCount: 1 }, headers });
  const second = await call("POST", "/api/v3/batches", { body: { runCount: 1 }, headers });
  expect(second.body.id).toBe(first.body.id);
});

test("10,000 items from outside all run", { timeout: 120_000 }, async () => {
  const { batchId, runCount } = await double.batchTrigger(
    Array.from({ length: 10_000 }, (_, n) => ({ payload: { n } })),
  );
  expect(runCount).toBe(10_000);
  await expect
    .poll(async () => (await batch.retrieve(batchId)).status, { timeout: 110_000, interval: 250 })
    .toBe("COMPLETED");
  const { runs: ids } = await batch.retrieve(batchId);
  expect(new Set(ids).size).toBe(10_000);
  const [first = "", last = ""] = [ids[0], ids[9_999]];
  expect([(await runs.retrieve(first)).output, (await runs.retrieve(last)).output]).toEqual([0, 19_998]);
});
