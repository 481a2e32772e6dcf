import type { RunStatus } from "../../sdk/lib/wire.ts";
import type { IndexRow } from "./index-row.ts";
import { packBySize } from "../core/pack-by-size.ts";
import { laneStatements, type IndexQuery } from "./index-lanes.ts";
import { readRange } from "./index-range.ts";

export type { IndexQuery, RunFilter } from "./index-lanes.ts";

const UPSERT_RUNS = `
  INSERT INTO runs (created_at, id, task, status, updated_at, started_at, finished_at, duration_ms, tags, batch_id, is_test)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9, value->>10
  FROM json_each(?1) WHERE true
  ON CONFLICT (created_at, id) DO UPDATE SET
    status = excluded.status, updated_at = excluded.updated_at, started_at = excluded.started_at,
    finished_at = excluded.finished_at, duration_ms = excluded.duration_ms, tags = excluded.tags
  WHERE excluded.updated_at > runs.updated_at`;

const INSERT_TAGS = `
  INSERT OR IGNORE INTO run_tags (tag, created_at, id)
  SELECT value->>0, value->>1, value->>2 FROM json_each(?1)`;

const INSERT_SCHEDULES = `
  INSERT OR IGNORE INTO schedule_runs (schedule_id, created_at, id)
  SELECT value->>0, value->>1, value->>2 FROM json_each(?1)`;

/** Characters of one parameter, which may have 2 MB: a character is three bytes at most. */
const PARAMETER_CHARACTERS = 500_000;

/**
 * Writes what is newer than what the index has; twice, late or out of order is harmless. Rows travel as parameters of as
 * many as fit, all of one parameter or none. Returns the rows written.
 */
export async function upsertRuns(db: D1Database, rows: readonly IndexRow[]): Promise<number> {
  let written = 0;
  for (const part of packBySize(rows, sizeOf, PARAMETER_CHARACTERS)) written += await upsertPart(db, part);
  return written;
}

async function upsertPart(db: D1Database, rows: readonly IndexRow[]): Promise<number> {
  const statements = [db.prepare(UPSERT_RUNS).bind(JSON.stringify(rows.map(toColumns)))];
  const tags = rows.flatMap((row) => row.tags.map((tag) => [tag, row.createdAt, row.id]));
  if (tags.length > 0) statements.push(db.prepare(INSERT_TAGS).bind(JSON.stringify(tags)));
  const scheduled = rows.flatMap((row) =>
    row.scheduleId === undefined ? [] : [[row.scheduleId, row.createdAt, row.id]],
  );
  if (scheduled.length > 0) statements.push(db.prepare(INSERT_SCHEDULES).bind(JSON.stringify(scheduled)));
  const results = await db.batch(statements);
  return results.reduce((sum, result) => sum + result.meta.rows_written, 0);
}

/** What a row takes in the larger of its parameters, that of its tags, where its id stands once for each. */
function sizeOf({ id, tags, task, batchId }: IndexRow): number {
  const tagged = tags.reduce((sum, tag) => sum + tag.length + id.length + 30, 0);
  return Math.max(tagged, 200 + id.length + task.length + (batchId?.length ?? 0) + tags.join("").length);
}

/**
 * The runs that fit the query: those nearest to the position it goes out from, `limit` of them at most, newest first.
 */
export async function readRuns(db: D1Database, query: IndexQuery): Promise<IndexRow[]> {
  const rows = await readRange<StoredRow>(db, query, laneStatements(query));
  return rows.map(toIndexRow);
}

/**
 * About how many runs fit the query, `limit` at most for each value of the filter that leads. A run is counted for each of the
 * tags that it has of several.
 */
export async function countRuns(db: D1Database, query: IndexQuery): Promise<number> {
  const statements = laneStatements(query).map(({ sql, parameters }) =>
    db.prepare(`SELECT count(*) AS count FROM (${sql})`).bind(...parameters),
  );
  const lanes = await db.batch<{ readonly count: number }>(statements);
  return lanes.reduce((sum, { results }) => sum + (results[0]?.count ?? 0), 0);
}

interface StoredRow {
  readonly created_at: number;
  readonly id: string;
  readonly task: string;
  readonly status: RunStatus;
  readonly updated_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly duration_ms: number;
  readonly tags: string | null;
  readonly batch_id: string | null;
  readonly is_test: 1 | null;
}

function toColumns(row: IndexRow): readonly (string | number | null)[] {
  return [
    row.createdAt,
    row.id,
    row.task,
    row.status,
    row.updatedAt,
    row.startedAt,
    row.finishedAt,
    row.durationMs,
    row.tags.length === 0 ? null : JSON.stringify(row.tags),
    row.batchId,
    row.isTest ? 1 : null,
  ];
}

function toIndexRow(row: StoredRow): IndexRow {
  return {
    id: row.id,
    task: row.task,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    durationMs: row.duration_ms,
    tags: row.tags === null ? [] : (JSON.parse(row.tags) as string[]),
    batchId: row.batch_id,
    isTest: row.is_test === 1,
  };
}
