import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { ListRunsQuery, RunPage } from "../../sdk/lib/wire.ts";
import { listRuns } from "../../worker/engine/list-runs.ts";
import { upsertRuns } from "../../worker/storage/run-index.ts";
import { indexRow } from "./index-rows.ts";

const NOW = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;
const DAY = 86_400_000;

function list(query: ListRunsQuery): Promise<RunPage> {
  return listRuns(env.RUN_INDEX, query, NOW);
}

function idsOf(page: RunPage): string[] {
  return page.data.map(({ id }) => id);
}

describe("pages", () => {
  const rows = Array.from({ length: 25 }, (_, i) => indexRow({ createdAt: NOW - i * MINUTE, task: "paged" }));
  const ids = rows.map(({ id }) => id);
  const paged: ListRunsQuery = { taskIdentifier: ["paged"], limit: 10 };
  beforeAll(() => upsertRuns(env.RUN_INDEX, rows));

  test("hold 20 runs where nothing is said", async () => {
    const page = await list({ taskIdentifier: ["paged"] });
    expect(idsOf(page)).toEqual(ids.slice(0, 20));
  });

  test("lead to the last run and back to the first", async () => {
    const first = await list(paged);
    expect(idsOf(first)).toEqual(ids.slice(0, 10));
    expect(first.pagination.previous).toBeUndefined();
    const second = await list({ ...paged, after: first.pagination.next ?? "" });
    expect(idsOf(second)).toEqual(ids.slice(10, 20));
    const third = await list({ ...paged, after: second.pagination.next ?? "" });
    expect(idsOf(third)).toEqual(ids.slice(20));
    expect(third.pagination.next).toBeUndefined();
    const back = await list({ ...paged, before: third.pagination.previous ?? "" });
    expect(idsOf(back)).toEqual(ids.slice(10, 20));
    const start = await list({ ...paged, before: back.pagination.previous ?? "" });
    expect(idsOf(start)).toEqual(ids.slice(0, 10));
    expect(start.pagination.previous).toBeUndefined();
    expect(start.pagination.next).toBeDefined();
  });

  test("follow the page that was turned last when all cursors are sent, as the published client does", async () => {
    const first = await list(paged);
    const after = first.pagination.next ?? "";
    const second = await list({ ...paged, after });
    const before = second.pagination.previous ?? "";
    const back = await list({ ...paged, after, before });
    expect(idsOf(back)).toEqual(idsOf(first));
    const again = await list({ ...paged, after: back.pagination.next ?? "", before });
    expect(idsOf(again)).toEqual(idsOf(second));
  });

  test("stay as they are while runs are created", async () => {
    const task = "growing";
    const old = [3, 2, 1].map((age) => indexRow({ createdAt: NOW - age * MINUTE, task }));
    await upsertRuns(env.RUN_INDEX, old);
    const first = await list({ taskIdentifier: [task], limit: 2 });
    await upsertRuns(env.RUN_INDEX, [indexRow({ createdAt: NOW, task })]);
    const second = await list({ taskIdentifier: [task], limit: 2, after: first.pagination.next ?? "" });
    expect(idsOf(second)).toEqual([old[0]?.id]);
  });

  test("end exactly where the runs end", async () => {
    const page = await list({ taskIdentifier: ["paged"], limit: 25 });
    expect(page.data).toHaveLength(25);
    expect(page.pagination).toEqual({});
  });

  test.each([0, 101, 1.5, Number.NaN])("of %s runs are refused", async (limit) => {
    await expect(list({ limit })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("page[size]"),
    });
  });

  test.each(["", "x", "!!!", btoa("1.2"), btoa("a.1.run_1")])(
    "after the made-up cursor %j are refused",
    async (after) => {
      const refusal = { status: 400, code: "invalid_cursor", message: expect.stringContaining("page[after]") };
      await expect(list({ after })).rejects.toMatchObject(refusal);
      await expect(list({ before: after })).rejects.toMatchObject({ status: 400, code: "invalid_cursor" });
    },
  );
});

describe("the window of time", () => {
  const task = "windowed";
  const ages = [0, 6, 8, 20].map((days) => indexRow({ createdAt: NOW - days * DAY, task }));
  const [today, sixDays, eightDays, twentyDays] = ages.map(({ id }) => id);
  const within = async (query: ListRunsQuery) => idsOf(await list({ ...query, taskIdentifier: [task] }));
  beforeAll(() => upsertRuns(env.RUN_INDEX, ages));

  test("is the last seven days where nothing is said", async () => {
    expect(await within({})).toEqual([today, sixDays]);
  });

  test("is the seven days up to its end where only that is said", async () => {
    expect(await within({ to: new Date(NOW - 7 * DAY) })).toEqual([eightDays]);
  });

  test("lies between two times, both included", async () => {
    const query = { from: new Date(NOW - 20 * DAY), to: new Date(NOW - 6 * DAY) };
    expect(await within(query)).toEqual([sixDays, eightDays, twentyDays]);
  });

  test.each([
    ["30s", 1],
    ["59m", 1],
    ["12h", 1],
    ["10d", 3],
    ["3w", 4],
  ])("is the period %s before now", async (period, runs) => {
    expect(await within({ period })).toHaveLength(runs);
  });

  test("meets both a period and a beginning", async () => {
    expect(await within({ period: "3w", from: new Date(NOW - 7 * DAY) })).toEqual([today, sixDays]);
  });

  test.each(["", "7", "d", "-1d", "1y", "1.5h", "7 d"])("is not of the period %j", async (period) => {
    await expect(list({ period })).rejects.toMatchObject({ status: 400, message: expect.stringContaining("period") });
  });
});

describe("filters", () => {
  test("with no value at all fit nothing", async () => {
    expect(await list({ tag: [] })).toEqual({ data: [], pagination: {} });
    expect(await list({ status: [] })).toEqual({ data: [], pagination: {} });
    expect(await list({ taskIdentifier: [] })).toEqual({ data: [], pagination: {} });
  });

  test("with more than 50 values are refused", async () => {
    const tag = Array.from({ length: 51 }, (_, i) => `tag-${i}`);
    await expect(list({ tag })).rejects.toMatchObject({ status: 400, message: expect.stringContaining("filter[tag]") });
  });

  test("take 50 values, the same one twice included", async () => {
    const row = indexRow({ createdAt: NOW, tags: ["tag-1"] });
    await upsertRuns(env.RUN_INDEX, [row]);
    const tag = Array.from({ length: 50 }, (_, i) => `tag-${i % 49}`);
    expect(idsOf(await list({ tag }))).toEqual([row.id]);
  });
});

describe("an item", () => {
  test("is complete for a run that ended", async () => {
    const row = indexRow({ createdAt: NOW - 500, task: "item-ended", tags: ["a"], batchId: "batch_item" });
    await upsertRuns(env.RUN_INDEX, [row]);
    const { data } = await list({ taskIdentifier: ["item-ended"] });
    expect(data).toEqual([
      {
        id: row.id,
        status: "COMPLETED",
        taskIdentifier: "item-ended",
        isQueued: false,
        isExecuting: false,
        isWaiting: false,
        isCompleted: true,
        isSuccess: true,
        isFailed: false,
        isCancelled: false,
        isTest: false,
        createdAt: new Date(NOW - 500),
        updatedAt: new Date(NOW - 490),
        startedAt: new Date(NOW - 495),
        finishedAt: new Date(NOW - 490),
        tags: ["a"],
        costInCents: 0,
        baseCostInCents: 0,
        durationMs: 5,
        batchId: "batch_item",
      },
    ]);
  });

  test("has grown older for a run that goes on", async () => {
    const base = { createdAt: NOW - 500, task: "item-going", finishedAt: null, durationMs: 0 } as const;
    const started = indexRow({ ...base, status: "EXECUTING", startedAt: NOW - 400 });
    const queued = indexRow({ ...base, status: "QUEUED", startedAt: null });
    await upsertRuns(env.RUN_INDEX, [started, queued]);
    const { data } = await list({ taskIdentifier: ["item-going"] });
    expect(data.map(({ durationMs }) => durationMs)).toEqual([0, 400]);
    expect(data.every((item) => !("finishedAt" in item) && !("batchId" in item))).toBe(true);
  });
});
