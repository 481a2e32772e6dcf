import { packBySize } from "../core/pack-by-size.ts";
import type { IndexRow } from "./index-row.ts";

/** What it takes to find a run in the index, with its tags and schedule. */
export type IndexedRun = Pick<IndexRow, "id" | "createdAt" | "tags" | "scheduleId">;

const DELETE_RUNS = `
  DELETE FROM runs WHERE (created_at, id) IN (SELECT value->>0, value->>1 FROM json_each(?1))`;

const DELETE_TAGS = `
  DELETE FROM run_tags WHERE (tag, created_at, id) IN (SELECT value->>0, value->>1, value->>2 FROM json_each(?1))`;

const DELETE_SCHEDULES = `
  DELETE FROM schedule_runs
  WHERE (schedule_id, created_at, id) IN (SELECT value->>0, value->>1, value->>2 FROM json_each(?1))`;

/** Characters of one parameter, which may have 2 MB: a character is three bytes at most. */
const PARAMETER_CHARACTERS = 500_000;

/** Takes runs and their tags out of the index. Those that are not there are passed over. */
export async function removeRuns(db: D1Database, runs: readonly IndexedRun[]): Promise<void> {
  for (const part of packBySize(runs, sizeOf, PARAMETER_CHARACTERS)) {
    const statements = [db.prepare(DELETE_RUNS).bind(JSON.stringify(part.map(({ createdAt, id }) => [createdAt, id])))];
    const tags = part.flatMap(({ createdAt, id, tags: all }) => all.map((tag) => [tag, createdAt, id]));
    if (tags.length > 0) statements.push(db.prepare(DELETE_TAGS).bind(JSON.stringify(tags)));
    const scheduled = part.flatMap(({ createdAt, id, scheduleId }) =>
      scheduleId === undefined ? [] : [[scheduleId, createdAt, id]],
    );
    if (scheduled.length > 0) statements.push(db.prepare(DELETE_SCHEDULES).bind(JSON.stringify(scheduled)));
    await db.batch(statements);
  }
}

function sizeOf({ id, tags }: IndexedRun): number {
  return tags.reduce((sum, tag) => sum + tag.length + id.length + 30, id.length + 30);
}
