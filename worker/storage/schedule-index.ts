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

/** A page of the list, the newest first, and how many schedules there are. */
export async function readSchedules(
  db: D1Database,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: ScheduleRow[]; readonly count: number }> {
  const page = db.prepare("SELECT * FROM schedules ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?");
  const [rows, counted] = await db.batch<StoredRow | { readonly count: number }>([
    page.bind(limit, offset),
    db.prepare("SELECT count(*) AS count FROM schedules"),
  ]);
  const [total] = (counted?.results ?? []) as readonly { readonly count: number }[];
  return { rows: ((rows?.results ?? []) as StoredRow[]).map(toRow), count: total?.count ?? 0 };
}

function toRow({ created_at, id, spec, active, version }: StoredRow): ScheduleRow {
  return { id, createdAt: created_at, spec: JSON.parse(spec) as ScheduleSpec, isActive: active === 1, version };
}
