import { beforeAll, describe, expect, test } from "vitest";
import { batch, runs, type RunItem, type RunListFilter } from "../../sdk/index.ts";
import { linger, outliveChild } from "../support/tasks-cancel.ts";
import { tryAgain } from "../support/tasks-retries.ts";
import { add, fail, visit } from "../support/tasks-runs.ts";
import { call, connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

/** All runs of a filter, through all pages. */
async function all(filter: RunListFilter): Promise<RunItem[]> {
  const found: RunItem[] = [];
  for await (const run of runs.list(filter)) found.push(run);
  return found;
}

/** The ids that the filter finds, once they are as many as expected: a list may lag. */
async function listed(filter: RunListFilter, count: number): Promise<string[]> {
  await expect.poll(async () => (await all(filter)).length, { timeout: 20_000, interval: 100 }).toBe(count);
  return (await all(filter)).map((run) => run.id);
}

/** `count` completed runs with the tag, in the order in which they were triggered; `before` are there already. */
async function completed(tag: string, count: number, before = 0): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push((await add.trigger({ a: i, b: 0 }, { tags: tag })).id);
  await Promise.all(ids.map(outputOf));
  await listed({ tag, status: "COMPLETED" }, before + count);
  return ids;
}

test("a new run is in the list after a moment, and so is how it went on", async () => {
  await using outside = new Outside();
  const tag = fresh("lag");
  outside.hold("work");
  const handle = await visit.trigger({ outside: outside.name, what: "work" }, { tags: tag });
  const statuses = async () => (await runs.list({ tag })).data.map((run) => run.status);
  // A lag of about a second is promised; the rest is for a busy machine.
  await expect.poll(statuses, { timeout: 10_000, interval: 50 }).toEqual(["EXECUTING"]);
  outside.release("work");
  await finish(handle);
  await expect.poll(statuses, { timeout: 10_000, interval: 50 }).toEqual(["COMPLETED"]);
});

test("a list shows what a run is, and that a waiting one waits", async () => {
  await using outside = new Outside();
  const tag = fresh("shown");
  outside.hold("child");
  const handle = await outliveChild.trigger({ outside: outside.name }, { tags: [tag, "second"] });
  await outside.reached("child");
  await listed({ tag, status: "WAITING" }, 1);
  const { data, pagination } = await runs.list({ tag });
  expect(pagination).toEqual({});
  expect(data).toMatchObject([
    {
      id: handle.id,
      taskIdentifier: "outlive-child",
      status: "WAITING",
      isWaiting: true,
      isCompleted: false,
      tags: [tag, "second"],
    },
  ]);
  const { createdAt } = await runs.retrieve(handle);
  expect(data[0]?.createdAt).toEqual(createdAt);
  outside.release("child");
  await outputOf(handle);
});

describe("filters", () => {
  test("runs are found by status, one or several", async () => {
    await using outside = new Outside();
    const tag = fresh("status");
    outside.hold("linger");
    const done = await add.trigger({ a: 1, b: 1 }, { tags: tag });
    const failed = await fail.trigger({ message: "no" }, { tags: tag });
    const running = await linger.trigger({ outside: outside.name, what: "linger" }, { tags: tag });
    const gone = await linger.trigger({ outside: outside.name, what: "linger" }, { tags: tag });
    await Promise.all([finish(done), finish(failed), outside.reached("linger", 2)]);
    await runs.cancel(gone);
    expect(await listed({ tag, status: "COMPLETED" }, 1)).toEqual([done.id]);
    expect(await listed({ tag, status: "FAILED" }, 1)).toEqual([failed.id]);
    expect(await listed({ tag, status: "CANCELED" }, 1)).toEqual([gone.id]);
    expect(await listed({ tag, status: "EXECUTING" }, 1)).toEqual([running.id]);
    expect(await listed({ tag, status: ["FAILED", "COMPLETED"] }, 2)).toEqual([failed.id, done.id]);
    expect(await listed({ tag, status: "CRASHED" }, 0)).toEqual([]);
  });

  test("runs are found by task, one or several", async () => {
    await using outside = new Outside();
    const tag = fresh("task");
    const a = await add.trigger({ a: 1, b: 1 }, { tags: tag });
    const b = await tryAgain.trigger({ outside: outside.name }, { tags: tag });
    const c = await visit.trigger({ outside: outside.name, what: "c" }, { tags: tag });
    expect(await listed({ tag, taskIdentifier: "try-again" }, 1)).toEqual([b.id]);
    expect(await listed({ tag, taskIdentifier: ["visit", "add"] }, 2)).toEqual([c.id, a.id]);
    await Promise.all([a, b, c].map(finish));
  });

  test("runs are found by any of several tags", async () => {
    const [one, two, three] = [fresh("tag"), fresh("tag"), fresh("tag")] as const;
    const a = await add.trigger({ a: 1, b: 1 }, { tags: [one, three] });
    const b = await add.trigger({ a: 1, b: 1 }, { tags: [two, three] });
    expect(await listed({ tag: one }, 1)).toEqual([a.id]);
    expect(await listed({ tag: [one, two] }, 2)).toEqual([b.id, a.id]);
    expect(await listed({ tag: three }, 2)).toEqual([b.id, a.id]);
    expect(await listed({ tag: one.slice(0, -2) }, 0)).toEqual([]);
  });

  test("runs are found by their batch", async () => {
    const items = Array.from({ length: 30 }, (_, i) => ({ payload: { a: i, b: 0 } }));
    const { batchId } = await add.batchTrigger(items);
    const found = await listed({ batch: batchId, status: "COMPLETED", limit: 7 }, 30);
    expect(found.sort()).toEqual([...(await batch.retrieve(batchId)).runs].sort());
  });

  test("runs are found by when they were created", async () => {
    const tag = fresh("time");
    const ids = await completed(tag, 5);
    const [, second, , fourth] = await Promise.all(ids.map((id) => runs.retrieve(id)));
    const from = second?.createdAt ?? new Date(Number.NaN);
    const to = fourth?.createdAt ?? new Date(Number.NaN);
    const within = (await Promise.all(ids.map((id) => runs.retrieve(id))))
      .filter((run) => run.createdAt >= from && run.createdAt <= to)
      .map((run) => run.id);
    expect(within.length).toBeGreaterThanOrEqual(3);
    expect((await all({ tag, from, to })).map((run) => run.id)).toEqual(within.toReversed());
    expect((await all({ tag, from: new Date(Date.now() + 60_000) })).length).toBe(0);
    expect((await all({ tag, to: new Date(from.getTime() - 60_000) })).length).toBe(0);
    expect((await all({ tag, period: "1h" })).length).toBe(5);
  });
});

describe("pages", () => {
  test("runs come newest first, and pages lead forwards and back to the same runs", async () => {
    const tag = fresh("pages");
    const newestFirst = (await completed(tag, 11)).toReversed();
    const first = await runs.list({ tag, limit: 4 });
    const second = await first.getNextPage();
    const third = await second.getNextPage();
    const pages = [first, second, third].map((page) => page.data.map((run) => run.id));
    expect(pages).toEqual([newestFirst.slice(0, 4), newestFirst.slice(4, 8), newestFirst.slice(8)]);
    expect([first.hasPreviousPage(), first.hasNextPage()]).toEqual([false, true]);
    expect([third.hasPreviousPage(), third.hasNextPage()]).toEqual([true, false]);
    const back = await third.getPreviousPage();
    expect(back.data.map((run) => run.id)).toEqual(pages[1]);
    const start = await back.getPreviousPage();
    expect(start.data.map((run) => run.id)).toEqual(pages[0]);
    expect(start.hasPreviousPage()).toBe(false);
    expect(() => third.getNextPage()).toThrow("no further page");
  });

  test("a page does not move when runs are added", async () => {
    const tag = fresh("stable");
    const before = (await completed(tag, 6)).toReversed();
    const first = await runs.list({ tag, limit: 3 });
    await completed(tag, 2, 6);
    const second = await first.getNextPage();
    expect(second.data.map((run) => run.id)).toEqual(before.slice(3));
    const back = await second.getPreviousPage();
    expect(back.data.map((run) => run.id)).toEqual(before.slice(0, 3));
    // And there are newer ones now.
    expect(back.hasPreviousPage()).toBe(true);
  });

  test("iterating a list goes through all pages, each run once", async () => {
    const tag = fresh("all");
    const ids = await completed(tag, 23);
    expect((await all({ tag, limit: 5 })).map((run) => run.id)).toEqual(ids.toReversed());
  });

  test("a cursor that is none is refused", async () => {
    expect(await call("GET", "/api/v1/runs?page[after]=nonsense")).toMatchObject({
      status: 400,
      body: { code: "invalid_cursor" },
    });
  });
});
