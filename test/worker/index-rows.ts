import type { IndexRow } from "../../worker/storage/index-row.ts";

let made = 0;

/** A completed run without tags, created at `createdAt`, unless told otherwise. Each has an id of its own. */
export function indexRow(row: Partial<IndexRow> & { readonly createdAt: number }): IndexRow {
  made += 1;
  return {
    id: `run_${made.toString().padStart(6, "0")}`,
    task: "some-task",
    status: "COMPLETED",
    updatedAt: row.createdAt + 10,
    startedAt: row.createdAt + 5,
    finishedAt: row.createdAt + 10,
    durationMs: 5,
    tags: [],
    batchId: null,
    isTest: false,
    ...row,
  };
}
