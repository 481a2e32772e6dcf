import type { RunStatus } from "../../sdk/lib/wire.ts";

/** A place in the order of the index: by time of creation (ms), then by id. */
export interface IndexPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** Which runs of the index. A filter with several values takes runs that have any of them; filters are all met. */
export interface RunFilter {
  readonly statuses?: readonly RunStatus[];
  readonly tasks?: readonly string[];
  readonly tags?: readonly string[];
  readonly batchId?: string;
  /** Runs that this bulk action has made or canceled. */
  readonly bulkId?: string;
  /** Bounds of the time of creation in milliseconds, both included. */
  readonly from: number;
  readonly to: number;
}

/** What to read of the index. */
export interface IndexQuery extends RunFilter {
  /** Go out from here to older runs, or to newer ones, without the run there. At most one; neither: from the newest. */
  readonly olderThan?: IndexPosition;
  readonly newerThan?: IndexPosition;
  readonly limit: number;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

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
  readonly leads?: "statuses" | "tasks" | "tags" | "batchId" | "bulkId";
  readonly source: string;
  readonly where?: string;
  readonly value?: string;
  /** The table whose order is read, as `source` calls it. */
  readonly key: "r" | "k";
}

function lanes({ tags, tasks, statuses, batchId, bulkId }: IndexQuery): Lane[] {
  if (bulkId !== undefined) {
    return [{ leads: "bulkId", source: FROM_BULK, where: "k.bulk_id = ?", value: bulkId, key: "k" }];
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
  "r.created_at, r.id, r.task, r.status, r.updated_at, r.started_at, r.finished_at, r.duration_ms, r.tags, r.batch_id";
/** CROSS JOIN keeps the order of the tables: tags, or the runs of a bulk action, lead. */
const WITH_RUNS = "AS k CROSS JOIN runs AS r ON r.created_at = k.created_at AND r.id = k.id";
const FROM_TAGS = `run_tags ${WITH_RUNS}`;
const FROM_BULK = `bulk_runs ${WITH_RUNS}`;

/** Names the index, since the database has no statistics to choose by. */
function fromIndex(name: string): string {
  return `runs AS r INDEXED BY ${name}`;
}

function statement(query: IndexQuery, lane: Lane): Statement {
  const where: string[] = [];
  const parameters: (string | number)[] = [];
  const add = (condition: string, ...values: (string | number)[]): void => {
    where.push(condition);
    parameters.push(...values);
  };
  if (lane.where !== undefined && lane.value !== undefined) add(lane.where, lane.value);
  const key = lane.key;
  const low = newest(query.newerThan, { createdAt: query.from, id: "" });
  const high = oldest(query.olderThan, { createdAt: query.to + 1, id: "" });
  add(`(${key}.created_at, ${key}.id) > (?, ?)`, low.createdAt, low.id);
  add(`(${key}.created_at, ${key}.id) < (?, ?)`, high.createdAt, high.id);
  if (query.batchId !== undefined && lane.leads !== "batchId") add("r.batch_id = ?", query.batchId);
  if (query.statuses !== undefined && lane.leads !== "statuses") {
    add("r.status IN (SELECT value FROM json_each(?))", JSON.stringify(query.statuses));
  }
  if (query.tasks !== undefined && lane.leads !== "tasks") {
    add("r.task IN (SELECT value FROM json_each(?))", JSON.stringify(query.tasks));
  }
  if (query.tags !== undefined && lane.leads !== "tags") {
    const tagged = "SELECT 1 FROM json_each(?) AS v CROSS JOIN run_tags AS t ON t.tag = v.value";
    add(`EXISTS (${tagged} WHERE t.created_at = r.created_at AND t.id = r.id)`, JSON.stringify(query.tags));
  }
  const order = query.newerThan === undefined ? "DESC" : "ASC";
  parameters.push(query.limit);
  const sql = `SELECT ${COLUMNS} FROM ${lane.source} WHERE ${where.join(" AND ")}
    ORDER BY ${key}.created_at ${order}, ${key}.id ${order} LIMIT ?`;
  return { sql, parameters };
}

function newest(a: IndexPosition | undefined, b: IndexPosition): IndexPosition {
  return a !== undefined && isNewer(a, b) ? a : b;
}

function oldest(a: IndexPosition | undefined, b: IndexPosition): IndexPosition {
  return a !== undefined && isNewer(b, a) ? a : b;
}

function isNewer(a: IndexPosition, b: IndexPosition): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt;
}
