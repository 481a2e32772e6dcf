import { beforeAll, describe, expect, test } from "vitest";
import { batch, runs, type BulkActionObject, type BulkReference, type RunItem } from "../../sdk/index.ts";
import { sweep } from "../support/tasks-bulk.ts";
import { add, fail } from "../support/tasks-runs.ts";
import { echoReplay } from "../support/tasks-replay.ts";
import { echo } from "../support/tasks-values.ts";
import { call, connect, finish, fresh, outputOf } from "./api.ts";

beforeAll(connect);

const LATER = { delay: "1h" } as const;

function ended(action: BulkReference): Promise<BulkActionObject> {
  return runs.bulk.poll(action, { pollIntervalMs: 50, signal: AbortSignal.timeout(45_000) });
}

/** Runs that wait for an hour, with the tag. */
async function delayed(count: number, tag: string): Promise<string[]> {
  const items = Array.from({ length: count }, (_, i) => ({ payload: i, options: { ...LATER, tags: tag } }));
  const { batchId } = await echo.batchTrigger(items);
  return [...(await batch.retrieve(batchId)).runs];
}

/** The runs with the tag, once they are as many: a list may lag. */
async function listed(tag: string, count: number): Promise<RunItem[]> {
  const all = async () => {
    const found: RunItem[] = [];
    for await (const run of runs.list({ tag, limit: 100 })) found.push(run);
    return found;
  };
  await expect.poll(async () => (await all()).length, { timeout: 20_000, interval: 100 }).toBe(count);
  return all();
}

async function statusesOf(ids: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of await Promise.all(ids.map((id) => runs.retrieve(id)))) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

describe("runs.bulk.cancel", () => {
  test("cancels the runs that are named, and says of each what came of it", async () => {
    const ids = await delayed(3, fresh("named"));
    const over = await add.trigger({ a: 1, b: 1 });
    await finish(over);
    const [first = ""] = ids;
    const gone = `${first.slice(0, first.lastIndexOf("_"))}_nobody`;
    const action = await runs.bulk.cancel({ runIds: [...ids, first, over, gone], name: "three of five" });
    expect(await ended(action)).toMatchObject({
      ...{ id: action.id, type: "CANCEL", status: "COMPLETED", name: "three of five" },
      counts: { total: 5, success: 3, failure: 1, skipped: 1 },
      completedAt: expect.any(Date),
    });
    expect(await statusesOf(ids)).toEqual({ CANCELED: 3 });
    expect((await runs.retrieve(over)).status).toBe("COMPLETED");
  });

  test("cancels hundreds of runs that a filter finds, and nothing beside them", async () => {
    const [tag, other] = [fresh("many"), fresh("other")];
    const ids = await delayed(350, tag);
    const [bystander = ""] = await delayed(1, other);
    await listed(tag, 350);
    const seen: BulkActionObject[] = [];
    const action = await runs.bulk.cancel({ filter: { tag, taskIdentifier: "echo" } });
    const end = await runs.bulk.poll(action, { pollIntervalMs: 20, onProgress: (now) => seen.push(now) });
    expect(end).toMatchObject({ status: "COMPLETED", counts: { total: 350, success: 350, failure: 0, skipped: 0 } });
    expect(await statusesOf(ids)).toEqual({ CANCELED: 350 });
    expect((await runs.retrieve(bystander)).status).toBe("DELAYED");
    await runs.cancel(bystander);
    // It is told how far it has come.
    expect(seen[0]).toMatchObject({ status: "PENDING", counts: { success: 0 } });
    expect(seen.at(-1)).toEqual(end);
    // And which runs those were.
    await expect.poll(async () => (await runs.list({ bulkAction: action.id, limit: 100 })).data.length).toBe(100);
    expect((await runs.list({ bulkAction: action.id, taskIdentifier: "add" })).data).toEqual([]);
  });

  test("leaves out runs that are final by then: a filter without a status means those that go on", async () => {
    const tag = fresh("mixed");
    await finish(await add.trigger({ a: 1, b: 1 }, { tags: tag }));
    const ids = await delayed(2, tag);
    await listed(tag, 3);
    const { counts } = await ended(await runs.bulk.cancel({ filter: { tag } }));
    expect(counts).toEqual({ total: 2, success: 2, failure: 0, skipped: 0 });
    expect(await statusesOf(ids)).toEqual({ CANCELED: 2 });
  });
});

describe("runs.bulk.replay", () => {
  test("replays the failed runs of a task, once each, and finds what it made by its id", async () => {
    const tag = fresh("failed");
    const handles = await Promise.all(
      [1, 2, 3].map((n) => fail.trigger({ message: `${n}` }, { tags: tag, maxAttempts: 1 })),
    );
    await Promise.all(handles.map(finish));
    await finish(await echo.trigger(1, { tags: tag }));
    await listed(tag, 4);
    const action = await runs.bulk.replay({ filter: { tag, status: "FAILED" }, targetRegion: "eu", name: "again" });
    expect(await ended(action)).toMatchObject({
      ...{ type: "REPLAY", status: "COMPLETED" },
      counts: { total: 3, success: 3, failure: 0, skipped: 0 },
    });
    // The replays have the tag, too, and have failed again: they are not replayed in turn.
    const all = await listed(tag, 7);
    const old = new Set(handles.map(({ id }) => id));
    await expect.poll(async () => (await runs.list({ bulkAction: action.id })).data.length).toBe(3);
    const made = (await runs.list({ bulkAction: action.id })).data.map(({ id }) => id);
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    const replays = await Promise.all(made.map(finish));
    expect(new Set(replays.map(({ replayedFrom }) => replayedFrom))).toEqual(old);
    expect(replays.map(({ region, status }) => `${region} ${status}`)).toEqual(made.map(() => "eu FAILED"));
  });

  test("replays runs that are named, with their payloads, however they ended", async () => {
    const tag = fresh("values");
    const done = await echoReplay.trigger({ at: new Date(7) }, { tags: tag });
    const waiting = await echoReplay.trigger("later", { ...LATER, tags: tag });
    await finish(done);
    const action = await runs.bulk.replay({ runIds: [done, waiting.id] });
    expect((await ended(action)).counts).toEqual({ total: 2, success: 2, failure: 0, skipped: 0 });
    await expect.poll(async () => (await runs.list({ bulkAction: action.id })).data.length).toBe(2);
    const made = (await runs.list({ bulkAction: action.id })).data.map(({ id }) => id);
    const outputs = await Promise.all(made.map(outputOf));
    expect(outputs).toHaveLength(2);
    expect(outputs).toContainEqual(expect.objectContaining({ payload: { at: new Date(7) }, isReplay: true }));
    expect(outputs).toContainEqual(expect.objectContaining({ payload: "later", isReplay: true }));
    await runs.cancel(waiting);
  });
});

test("an action that is aborted does no more, and one that is over stays as it is", async () => {
  const tag = fresh("aborted");
  const ids = await delayed(5, tag);
  await listed(tag, 5);
  const action = await runs.bulk.cancel({ filter: { tag } });
  expect(await runs.bulk.abort(action)).toEqual({ id: action.id });
  const end = await ended(action);
  expect(end).toMatchObject({ status: "ABORTED", completedAt: expect.any(Date) });
  expect((await statusesOf(ids))["CANCELED"] ?? 0).toBe(end.counts.success);
  const other = await runs.bulk.cancel({ runIds: ids });
  const over = await ended(other);
  await runs.bulk.abort(other);
  expect(await runs.bulk.retrieve(other)).toEqual(over);
  expect(await runs.bulk.retrieve(action)).toEqual(end);
  expect(await statusesOf(ids)).toEqual({ CANCELED: 5 });
});

test("actions are listed newest first, page by page", async () => {
  const [id = ""] = await delayed(1, fresh("list"));
  const made: string[] = [];
  for (let i = 0; i < 5; i += 1) made.push((await runs.bulk.replay({ runIds: [id], name: `${i}` })).id);
  await Promise.all(made.map(ended));
  const ours = async () => {
    const found: BulkActionObject[] = [];
    for await (const action of runs.bulk.list({ limit: 2 })) if (made.includes(action.id)) found.push(action);
    return found;
  };
  const settled = async () => (await ours()).filter(({ status }) => status === "COMPLETED").map(({ id }) => id);
  await expect.poll(settled, { timeout: 10_000 }).toEqual(made.toReversed());
  expect(await ours()).toEqual(await Promise.all(made.toReversed().map((one) => runs.bulk.retrieve(one))));
  const first = await runs.bulk.list({ limit: 2 });
  const second = await first.getNextPage();
  expect((await second.getPreviousPage()).data.map(({ id }) => id)).toEqual(first.data.map(({ id }) => id));
  await runs.cancel(id);
});

test("a request that is sent again makes one action", async () => {
  const [id = ""] = await delayed(1, fresh("again"));
  const headers = { "x-trigger-request-idempotency-key": crypto.randomUUID() };
  const body = { action: "replay", runIds: [id] };
  const first = await call("POST", "/api/v1/bulk-actions", { body, headers });
  expect(first.status).toBe(202);
  const end = await ended(first.body.id);
  const second = await call("POST", "/api/v1/bulk-actions", { body, headers });
  expect(second.body.id).toBe(first.body.id);
  expect(await runs.bulk.retrieve(first.body)).toEqual(end);
  await runs.cancel(id);
});

test("a task begins an action once, however often its code is replayed, without HTTP and key", async () => {
  const [id = ""] = await delayed(1, fresh("inside"));
  const name = fresh("sweep");
  const { ids, status } = (await outputOf(await sweep.trigger({ runIds: [id], name }))) as Sweep;
  expect([status, new Set(ids).size]).toEqual(["COMPLETED", 2]);
  const ours = async () => {
    const found: string[] = [];
    for await (const action of runs.bulk.list({ limit: 100 })) if (action.name === name) found.push(action.id);
    return found;
  };
  await expect.poll(ours, { timeout: 10_000 }).toEqual(ids.toReversed());
  await runs.cancel(id);
});

test("what cannot be is refused by name, and begins nothing", async () => {
  const unknown = `bulk_${"A".repeat(43)}`;
  await expect(runs.bulk.retrieve(unknown)).rejects.toMatchObject({ status: 404, code: "bulk_action_not_found" });
  await expect(runs.bulk.abort(unknown)).rejects.toMatchObject({ status: 404, code: "bulk_action_not_found" });
  const refused = { status: 400, code: "invalid_bulk_action" };
  await expect(runs.bulk.cancel({ runIds: ["run_1"] })).rejects.toMatchObject(refused);
  await expect(runs.bulk.cancel({ filter: {} })).rejects.toMatchObject(refused);
  await expect(runs.bulk.cancel({ filter: { status: "COMPLETED" } })).rejects.toMatchObject(refused);
  expect(await call("POST", "/api/v1/bulk-actions", { body: "{" })).toMatchObject({
    status: 400,
    body: { code: "malformed_json" },
  });
  expect((await runs.list({ bulkAction: unknown })).data).toEqual([]);
});

interface Sweep {
  readonly ids: readonly string[];
  readonly status: string;
}
