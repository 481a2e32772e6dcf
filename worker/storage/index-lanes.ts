import type { RunStatus } from "../../sdk/lib/wire.ts";
import { rangeStatement, type Condition, type IndexPart, type IndexWindow, type Statement } from "./index-range.ts";

/** Which runs of the index. A filter with several values takes runs that have any of them; filters are all met. */
export interface RunFilter extends IndexWindow {
  readonly statuses?: readonly RunStatus[];
  readonly tasks?: readonly string[];
  readonly tags?: readonly string[];
  readonly batchId?: string;
  /** Runs that this bulk action has made or canceled. */
  readonly bulkId?: string;
  /** Runs of this schedule. */
  readonly scheduleId?: string;
}

/** What to read of the index. */
export interface IndexQuery extends RunFilter, IndexPart {}

/**
 * The statements whose rows together are the answer. One filter leads; each of its values is a lane, one index read in
 * order from the position on, which stops at `limit` rows. The other filters are checked on the way. So nothing is
 * sorted and nothing outside the lane is read; the caller merges the lanes.
 */
export function laneStatements(query: IndexQuery): Statement[] {
  return lanes(query).map((lane) => statement(query, lane));
}

/** A filter that leads: where its rows are read in order, and the one value to find there. */
interface Lane {
  readonly leads?: "statuses" | "tasks" | "tags" | "batchId" | "bulkId" | "scheduleId";
  readonly source: string;
  readonly where?: string;
  readonly value?: string;
  /** The table whose order is read, as `source` calls it. */
  readonly key: "r" | "k";
}

function lanes({ tags, tasks, statuses, batchId, bulkId, scheduleId }: IndexQuery): Lane[] {
  if (bulkId !== undefined) {
    return [{ leads: "bulkId", source: FROM_BULK, where: "k.bulk_id = ?", value: bulkId, key: "k" }];
  }
  if (scheduleId !== undefined) {
    return [{ leads: "scheduleId", source: FROM_SCHEDULE, where: "k.schedule_id = ?", value: scheduleId, key: "k" }];
  }
  if (batchId !== undefined) {
    return [
      { leads: "batchId", source: fromIndex("runs_by_batch"), where: "r.batch_id = ?", value: batchId, key: "r" },
    ];
  }
  if (tags !== undefined) {
    return tags.map((value) => ({ leads: "tags", source: FROM_TAGS, where: "k.tag = ?", value, key: "k" }));
  }
  if (statuses !== undefined && !statuses.includes("COMPLETED")) {
    const source = fromIndex("runs_by_status");
    // The literal is what lets SQLite use the partial index for a bound value.
    const where = "r.status <> 'COMPLETED' AND r.status = ?";
    return statuses.map((value) => ({ leads: "statuses", source, where, value, key: "r" }));
  }
  if (tasks !== undefined) {
    const source = fromIndex("runs_by_task");
    return tasks.map((value) => ({ leads: "tasks", source, where: "r.task = ?", value, key: "r" }));
  }
  return [{ source: "runs AS r", key: "r" }];
}

const COLUMNS =
  "r.created_at, r.id, r.task, r.status, r.updated_at, r.started_at, r.finished_at, r.duration_ms, r.tags, r.batch_id, r.is_test";
/** CROSS JOIN keeps the order of the tables: tags, or the runs of a bulk action or schedule, lead. */
const WITH_RUNS = "AS k CROSS JOIN runs AS r ON r.created_at = k.created_at AND r.id = k.id";
const FROM_TAGS = `run_tags ${WITH_RUNS}`;
const FROM_BULK = `bulk_runs ${WITH_RUNS}`;
const FROM_SCHEDULE = `schedule_runs ${WITH_RUNS}`;

/** Names the index, since the database has no statistics to choose by. */
function fromIndex(name: string): string {
  return `runs AS r INDEXED BY ${name}`;
}

function statement(query: IndexQuery, { leads, source, where, value, key }: Lane): Statement {
  const others: Condition[] = [];
  if (query.scheduleId !== undefined && leads !== "scheduleId") {
    const sql =
      "EXISTS (SELECT 1 FROM schedule_runs AS s WHERE s.schedule_id = ? AND s.created_at = r.created_at AND s.id = r.id)";
    others.push({ sql, values: [query.scheduleId] });
  }
  if (query.batchId !== undefined && leads !== "batchId") {
    others.push({ sql: "r.batch_id = ?", values: [query.batchId] });
  }
  if (query.statuses !== undefined && leads !== "statuses") {
    others.push({ sql: "r.status IN (SELECT value FROM json_each(?))", values: [JSON.stringify(query.statuses)] });
  }
  if (query.tasks !== undefined && leads !== "tasks") {
    others.push({ sql: "r.task IN (SELECT value FROM json_each(?))", values: [JSON.stringify(query.tasks)] });
  }
  if (query.tags !== undefined && leads !== "tags") {
    const tagged = "SELECT 1 FROM json_each(?) AS v CROSS JOIN run_tags AS t ON t.tag = v.value";
    const sql = `EXISTS (${tagged} WHERE t.created_at = r.created_at AND t.id = r.id)`;
    others.push({ sql, values: [JSON.stringify(query.tags)] });
  }
  const leading = where === undefined || value === undefined ? undefined : { sql: where, values: [value] };
  return rangeStatement(query, { columns: COLUMNS, source, key, leading, others });
}
