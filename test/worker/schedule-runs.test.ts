import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { writeBulk } from "../../worker/storage/bulk-index.ts";
import { removeRuns } from "../../worker/storage/index-removal.ts";
import { ANY_TIME } from "../../worker/storage/index-range.ts";
import type { IndexRow } from "../../worker/storage/index-row.ts";
import { readRuns, upsertRuns, type IndexQuery } from "../../worker/storage/run-index.ts";

const db = env.RUN_INDEX;
const scheduleId = `sched_${crypto.randomUUID()}`;
const row = (n: number, fields: Partial<IndexRow> = {}): IndexRow => ({
  ...{ id: `run_${scheduleId}_${n}`, task: "tick", status: "COMPLETED", createdAt: n, updatedAt: n },
  ...{ startedAt: n, finishedAt: n, durationMs: 0, tags: [], batchId: null, isTest: false, scheduleId },
  ...fields,
});

const found = async (filter: Partial<IndexQuery> = {}) => {
  const rows = await readRuns(db, { ...ANY_TIME, scheduleId, limit: 10, ...filter });
  return rows.map(({ createdAt }) => createdAt);
};

test("the runs of a schedule are found by it, with all other filters, and by nothing once they are removed", async () => {
  const { scheduleId: _, ...plain } = row(4);
  const rows = [row(1), row(2, { status: "FAILED", tags: ["odd"] }), row(3, { task: "other" }), plain];
  await upsertRuns(db, rows);
  await upsertRuns(db, rows);
  expect(await found()).toEqual([3, 2, 1]);
  expect(await found({ limit: 1, olderThan: { createdAt: 3, id: row(3).id } })).toEqual([2]);
  expect(await found({ statuses: ["FAILED"] })).toEqual([2]);
  expect(await found({ tasks: ["other"] })).toEqual([3]);
  expect(await found({ tags: ["odd"] })).toEqual([2]);

  const bulk = { id: `bulk_${scheduleId}`, verb: "cancel", status: "COMPLETED", createdAt: 1, version: 1 } as const;
  await writeBulk(db, { ...bulk, total: 2, success: 2, failure: 0, skipped: 0 }, [row(1), row(4)]);
  expect(await found({ bulkId: bulk.id })).toEqual([1]);

  await removeRuns(db, rows);
  const left = await db.prepare("SELECT * FROM schedule_runs WHERE schedule_id = ?").bind(scheduleId).all();
  expect(left.results).toEqual([]);
});
