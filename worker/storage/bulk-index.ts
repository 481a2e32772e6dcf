import type { BulkPosition, BulkStatus, BulkVerb } from "../core/bulk.ts";
import { packBySize } from "../core/pack-by-size.ts";
import { ANY_TIME, rangeStatement, readRange, type IndexPart } from "./index-range.ts";

/** A bulk action as the list of them knows it. Times in milliseconds since 1970; `version` grows with every change. */
export interface BulkRow {
  readonly id: string;
  readonly verb: BulkVerb;
  readonly name?: string;
  readonly status: BulkStatus;
  readonly createdAt: number;
  readonly completedAt?: number;
  readonly total: number;
  readonly success: number;
  readonly failure: number;
  readonly skipped: number;
  readonly version: number;
}

const UPSERT_ACTION = `
  INSERT INTO bulk_actions
    (created_at, id, type, name, status, total, success, failure, skipped, completed_at, version)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (created_at, id) DO UPDATE SET
    status = excluded.status, total = excluded.total, success = excluded.success, failure = excluded.failure,
    skipped = excluded.skipped, completed_at = excluded.completed_at, version = excluded.version
  WHERE excluded.version > bulk_actions.version`;

const INSERT_RUNS = `
  INSERT OR IGNORE INTO bulk_runs (bulk_id, created_at, id)
  SELECT ?1, value->>0, value->>1 FROM json_each(?2)`;

const DELETE_RUNS = `
  DELETE FROM bulk_runs WHERE (bulk_id, created_at, id) IN
    (SELECT bulk_id, created_at, id FROM bulk_runs WHERE bulk_id = ? LIMIT ?)`;

/** Characters of one parameter, which may have 2 MB. */
const PARAMETER_CHARACTERS = 500_000;
const RUNS_A_DELETION = 10_000;

/** Writes the action, unless the list has a newer version, and runs that it has made or canceled. Twice is harmless. */
export async function writeBulk(db: D1Database, row: BulkRow, runs: readonly BulkPosition[]): Promise<void> {
  const statements = packBySize(runs, ({ id }) => id.length + 30, PARAMETER_CHARACTERS).map((part) =>
    db.prepare(INSERT_RUNS).bind(row.id, JSON.stringify(part.map(({ createdAt, id }) => [createdAt, id]))),
  );
  await db.batch([...statements, db.prepare(UPSERT_ACTION).bind(...toColumns(row))]);
}

/** Takes the action and its runs out of the index. */
export async function removeBulk(db: D1Database, id: string, createdAt: number): Promise<void> {
  for (;;) {
    const { meta } = await db.prepare(DELETE_RUNS).bind(id, RUNS_A_DELETION).run();
    if (meta.changes === 0) break;
  }
  await db.prepare("DELETE FROM bulk_actions WHERE created_at = ? AND id = ?").bind(createdAt, id).run();
}

/** Those nearest to the position that is gone out from, `limit` of them at most, newest first. */
export async function readBulks(db: D1Database, part: IndexPart): Promise<BulkRow[]> {
  const range = { ...ANY_TIME, ...part };
  const statement = rangeStatement(range, { columns: "b.*", source: "bulk_actions AS b", key: "b", others: [] });
  const rows = await readRange<StoredRow>(db, range, [statement]);
  return rows.map(toRow);
}

interface StoredRow {
  readonly created_at: number;
  readonly id: string;
  readonly type: BulkVerb;
  readonly name: string | null;
  readonly status: BulkStatus;
  readonly total: number;
  readonly success: number;
  readonly failure: number;
  readonly skipped: number;
  readonly completed_at: number | null;
  readonly version: number;
}

function toColumns(row: BulkRow): readonly (string | number | null)[] {
  const { createdAt, id, verb, name = null, status, total, success, failure, skipped, completedAt = null } = row;
  return [createdAt, id, verb, name, status, total, success, failure, skipped, completedAt, row.version];
}

function toRow(row: StoredRow): BulkRow {
  const { created_at, completed_at, name, type, id, status, total, success, failure, skipped, version } = row;
  return {
    ...{ id, verb: type, status, total, success, failure, skipped, version },
    ...(name === null ? {} : { name }),
    createdAt: created_at,
    ...(completed_at === null ? {} : { completedAt: completed_at }),
  };
}
