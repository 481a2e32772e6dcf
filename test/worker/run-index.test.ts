import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { laneStatements, type IndexQuery } from "../../worker/storage/index-lanes.ts";
import type { IndexRow } from "../../worker/storage/index-row.ts";
import { readRuns, upsertRuns } from "../../worker/storage/run-index.ts";
import { indexRow } from "./index-rows.ts";

const db = env.RUN_INDEX;
const HOUR = 3_600_000;
/** Each test has an hour of the index for itself. */
let hours = 0;
function freshHour(): { readonly from: number; readonly to: number } {
  hours += 1;
  return { from: hours * HOUR, to: (hours + 1) * HOUR - 1 };
}

async function read(query: IndexQuery): Promise<IndexRow[]> {
  return readRuns(db, query);
}

async function readIds(query: IndexQuery): Promise<string[]> {
  return (await read(query)).map(({ id }) => id);
}

describe("a written row", () => {
  test("comes back as it was written", async () => {
    const { from, to } = freshHour();
    const plain = indexRow({ createdAt: from });
    const full = indexRow({
      createdAt: from + 1,
      status: "FAILED",
      tags: ["a,b", 'say "hi"', "ü"],
      batchId: "batch_1",
      isTest: true,
    });
    const waiting = indexRow({
      createdAt: from + 2,
      status: "QUEUED",
      startedAt: null,
      finishedAt: null,
      durationMs: 0,
    });
    await upsertRuns(db, [plain, full, waiting]);
    expect(await read({ from, to, limit: 10 })).toEqual([waiting, full, plain]);
  });

  test("is changed by a newer one", async () => {
    const { from, to } = freshHour();
    const queued = indexRow({ createdAt: from, status: "QUEUED", updatedAt: 1, startedAt: null, finishedAt: null });
    const done = { ...queued, status: "COMPLETED", updatedAt: 2, startedAt: 7, finishedAt: 9, durationMs: 2 } as const;
    await upsertRuns(db, [queued]);
    await upsertRuns(db, [done]);
    expect(await read({ from, to, limit: 10 })).toEqual([done]);
  });

  test("is left alone by an older one, and by itself again", async () => {
    const { from, to } = freshHour();
    const done = indexRow({ createdAt: from, updatedAt: 5 });
    await upsertRuns(db, [done]);
    const late = { ...done, status: "EXECUTING", updatedAt: 4 } as const;
    expect(await upsertRuns(db, [late])).toBe(0);
    expect(await upsertRuns(db, [done])).toBe(0);
    expect(await read({ from, to, limit: 10 })).toEqual([done]);
  });

  test("is the newest of those written together", async () => {
    const { from, to } = freshHour();
    const done = indexRow({ createdAt: from, updatedAt: 5 });
    const queued = { ...done, status: "QUEUED", updatedAt: 4 } as const;
    await upsertRuns(db, [done, queued]);
    expect(await read({ from, to, limit: 10 })).toEqual([done]);
  });
});

describe("the cost in rows", () => {
  test("of a run that completed is two", async () => {
    const { from } = freshHour();
    expect(await upsertRuns(db, [indexRow({ createdAt: from })])).toBe(2);
  });

  test("of 200 such runs is 400", async () => {
    const { from } = freshHour();
    const rows = Array.from({ length: 200 }, (_, i) => indexRow({ createdAt: from + i }));
    expect(await upsertRuns(db, rows)).toBe(400);
  });

  test("of a run of a batch is three", async () => {
    const { from } = freshHour();
    expect(await upsertRuns(db, [indexRow({ createdAt: from, batchId: "batch_cost" })])).toBe(3);
  });

  test("of each tag is one, once", async () => {
    const { from } = freshHour();
    const tagged = indexRow({ createdAt: from, tags: ["one", "two"] });
    expect(await upsertRuns(db, [tagged])).toBe(4);
    expect(await upsertRuns(db, [{ ...tagged, updatedAt: tagged.updatedAt + 1 }])).toBe(1);
  });

  test("of a run seen queued, executing and completed is six", async () => {
    const { from } = freshHour();
    const queued = indexRow({ createdAt: from, status: "QUEUED", updatedAt: 1 });
    expect(await upsertRuns(db, [queued])).toBe(3);
    expect(await upsertRuns(db, [{ ...queued, status: "EXECUTING", updatedAt: 2 }])).toBe(2);
    expect(await upsertRuns(db, [{ ...queued, status: "COMPLETED", updatedAt: 3 }])).toBe(1);
  });
});

describe("a read", () => {
  const { from, to } = freshHour();
  const at = (offset: number, row: Partial<IndexRow> = {}) => indexRow({ createdAt: from + offset, ...row });
  const oldest = at(0, { task: "t1", tags: ["red"] });
  const failed = at(1, { task: "t2", status: "FAILED", tags: ["red", "blue"] });
  const child = at(2, { task: "t1", status: "FAILED", batchId: "batch_read" });
  const twin = at(2, { task: "t3", status: "EXECUTING", tags: ["blue"] });
  const newest = at(3, { task: "t1", batchId: "batch_read", tags: ["blue"] });
  const all = [newest, twin, child, failed, oldest].map(({ id }) => id);
  const written = upsertRuns(db, [newest, oldest, child, twin, failed]);

  test.each<[string, Partial<IndexQuery>, IndexRow[]]>([
    ["no filter", {}, [newest, twin, child, failed, oldest]],
    ["a status", { statuses: ["FAILED"] }, [child, failed]],
    ["several statuses", { statuses: ["FAILED", "EXECUTING"] }, [twin, child, failed]],
    ["the usual status", { statuses: ["COMPLETED"] }, [newest, oldest]],
    ["the usual status and another", { statuses: ["COMPLETED", "EXECUTING"] }, [newest, twin, oldest]],
    ["a task", { tasks: ["t1"] }, [newest, child, oldest]],
    ["several tasks", { tasks: ["t3", "t2"] }, [twin, failed]],
    ["a tag", { tags: ["red"] }, [failed, oldest]],
    ["several tags, one of which suffices", { tags: ["red", "blue"] }, [newest, twin, failed, oldest]],
    ["a batch", { batchId: "batch_read" }, [newest, child]],
    ["task and status", { tasks: ["t1"], statuses: ["FAILED"] }, [child]],
    ["task and usual status", { tasks: ["t1"], statuses: ["COMPLETED"] }, [newest, oldest]],
    ["tag, task and status", { tags: ["blue"], tasks: ["t2", "t3"], statuses: ["EXECUTING"] }, [twin]],
    ["batch and tag", { batchId: "batch_read", tags: ["blue", "red"] }, [newest]],
    ["batch, tag, task and status", { batchId: "batch_read", tags: ["blue"], tasks: ["t1"], statuses: ["FAILED"] }, []],
    ["the time", { from: from + 1, to: from + 2 }, [twin, child, failed]],
    ["a limit", { limit: 2 }, [newest, twin]],
  ])("by %s gives the runs that fit, newest first", async (_, query, expected) => {
    await written;
    expect(await readIds({ from, to, limit: 10, ...query })).toEqual(expected.map(({ id }) => id));
  });

  test("goes on behind a run, to older and to newer ones, also of the same millisecond", async () => {
    await written;
    for (const [place, row] of [newest, twin, child, failed, oldest].entries()) {
      expect(await readIds({ from, to, limit: 10, olderThan: row })).toEqual(all.slice(place + 1));
      expect(await readIds({ from, to, limit: 10, newerThan: row })).toEqual(all.slice(0, place));
    }
  });

  test("to newer runs gives the nearest of them, over several tasks as well", async () => {
    await written;
    expect(await readIds({ from, to, limit: 2, newerThan: oldest })).toEqual([child.id, failed.id]);
    const tasks = ["t1", "t2", "t3"];
    expect(await readIds({ from, to, limit: 2, newerThan: oldest, tasks })).toEqual([child.id, failed.id]);
  });
});

describe("the plan of a read", () => {
  const base = { from: 0, to: 10, limit: 5 };
  const position = { createdAt: 3, id: "run_1" };
  test.each<[string, Partial<IndexQuery>, string]>([
    ["no filter", {}, "r USING PRIMARY KEY"],
    ["the usual status", { statuses: ["COMPLETED"] }, "r USING PRIMARY KEY"],
    ["a rare status", { statuses: ["FAILED", "CRASHED"] }, "r USING INDEX runs_by_status"],
    ["a task", { tasks: ["t1", "t2"] }, "r USING INDEX runs_by_task"],
    ["task and rare status", { tasks: ["t1"], statuses: ["FAILED"] }, "r USING INDEX runs_by_status"],
    ["task and usual status", { tasks: ["t1"], statuses: ["COMPLETED"] }, "r USING INDEX runs_by_task"],
    ["a tag", { tags: ["a"] }, "k USING PRIMARY KEY"],
    ["tag, task and status", { tags: ["a"], tasks: ["t1"], statuses: ["FAILED"] }, "k USING PRIMARY KEY"],
    ["a batch", { batchId: "batch_1" }, "r USING INDEX runs_by_batch"],
    ["all filters", { batchId: "b", tags: ["a"], tasks: ["t1"], statuses: ["FAILED"] }, "r USING INDEX runs_by_batch"],
  ])("by %s seeks in one index and sorts nothing", async (_, query, search) => {
    for (const start of [{}, { olderThan: position }, { newerThan: position }]) {
      for (const { sql, parameters } of laneStatements({ ...base, ...query, ...start })) {
        const plan = await db
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .bind(...parameters)
          .all<{ detail: string }>();
        const steps = plan.results.map(({ detail }) => detail);
        expect(steps[0]).toContain(`SEARCH ${search}`);
        expect(steps[0]).toContain("(created_at,id)>(?,?) AND (created_at,id)<(?,?)");
        expect(steps.filter((step) => /^SCAN [rkt]\b|TEMP B-TREE/.test(step))).toEqual([]);
      }
    }
  });
});
