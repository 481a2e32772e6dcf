import type { ScheduleSpec } from "../core/schedule.ts";

/** A schedule as the list knows it. `version` grows with every change. */
export interface ScheduleRow {
  readonly id: string;
  readonly createdAt: number;
  readonly spec: ScheduleSpec;
  readonly isActive: boolean;
  readonly version: number;
}

const UPSERT = `
  INSERT INTO schedules (created_at, id, spec, active, version) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (created_at, id) DO UPDATE SET spec = excluded.spec, active = excluded.active, version = excluded.version
  WHERE excluded.version > schedules.version`;

const DELETE = "DELETE FROM schedules WHERE created_at = ? AND id = ? AND version <= ?";

/** Writes the schedule, unless the list has a newer version. Twice is harmless. */
export async function writeSchedule(db: D1Database, row: ScheduleRow): Promise<void> {
  const { createdAt, id, spec, isActive, version } = row;
  await db.batch([db.prepare(UPSERT).bind(createdAt, id, JSON.stringify(spec), isActive ? 1 : 0, version)]);
}

/** Takes the schedule out of the list, unless that has a newer version. */
export async function removeSchedule(
  db: D1Database,
  { createdAt, id, version }: Pick<ScheduleRow, "createdAt" | "id" | "version">,
): Promise<void> {
  await db.batch([db.prepare(DELETE).bind(createdAt, id, version)]);
}

/** Takes a row out of the list whose schedule is not there, and which was written before a moment. Whether there was one. Reads all rows. */
export async function removeGhost(db: D1Database, id: string, before: number): Promise<boolean> {
  const [removed] = await db.batch([db.prepare("DELETE FROM schedules WHERE id = ? AND version < ?").bind(id, before)]);
  return (removed?.meta.changes ?? 0) > 0;
}

interface StoredRow {
  readonly created_at: number;
  readonly id: string;
  readonly spec: string;
  readonly active: number;
  readonly version: number;
}

/** Rows of the list, the newest first; `hasMore`: others come after them. */
export interface ScheduleRows {
  readonly rows: readonly ScheduleRow[];
  readonly hasMore: boolean;
}

const PAGE = "SELECT * FROM schedules ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?";
const AFTER = "SELECT * FROM schedules WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?";

/** A page of the list, and how many schedules there are. Reads all that come before it, and all to count them. */
export async function readSchedules(
  db: D1Database,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<ScheduleRows & { readonly count: number }> {
  const [found, counted] = await db.batch<StoredRow | { readonly count: number }>([
    db.prepare(PAGE).bind(limit + 1, offset),
    db.prepare("SELECT count(*) AS count FROM schedules"),
  ]);
  const [total] = (counted?.results ?? []) as readonly { readonly count: number }[];
  return { ...cut((found?.results ?? []) as StoredRow[], limit), count: total?.count ?? 0 };
}

/** What comes after a row of the list, whether that is there or not. Reads that alone. */
export async function readSchedulesAfter(
  db: D1Database,
  { createdAt, id }: Pick<ScheduleRow, "createdAt" | "id">,
  limit: number,
): Promise<ScheduleRows> {
  const [found] = await db.batch<StoredRow>([db.prepare(AFTER).bind(createdAt, id, limit + 1)]);
  return cut(found?.results ?? [], limit);
}

function cut(found: readonly StoredRow[], limit: number): ScheduleRows {
  return { rows: found.slice(0, limit).map(toRow), hasMore: found.length > limit };
}

function toRow({ created_at, id, spec, active, version }: StoredRow): ScheduleRow {
  return { id, createdAt: created_at, spec: JSON.parse(spec) as ScheduleSpec, isActive: active === 1, version };
}
