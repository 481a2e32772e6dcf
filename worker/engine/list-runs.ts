import type { ListRunsQuery, RunItem, RunPage } from "../../sdk/lib/wire.ts";
import { statusFlags } from "../core/status-flags.ts";
import type { IndexRow } from "../storage/index-row.ts";
import { readRuns } from "../storage/run-index.ts";
import { breath } from "./breath.ts";
import { LIST_PERIOD } from "./list-filter.ts";
import { endPage, startPage } from "./list-page.ts";
import { readRunFilter, type FilterNames } from "./run-filter.ts";

const NAMES: FilterNames = {
  status: "filter[status]",
  taskIdentifier: "filter[taskIdentifier]",
  tag: "filter[tag]",
  period: LIST_PERIOD,
};

/** A page of runs, newest first. Throws a `RunletApiError` (400) that names the parameter that cannot be used. */
export async function listRuns(db: D1Database, query: ListRunsQuery, now: number): Promise<RunPage> {
  const start = startPage(query);
  const filter = readRunFilter(query, now, NAMES);
  if (isEmpty(query.status) || isEmpty(query.taskIdentifier) || isEmpty(query.tag)) return { data: [], pagination: {} };
  await breath();
  const { rows, pagination } = endPage(start, await readRuns(db, { ...filter, ...start.part }));
  return { data: rows.map((row) => toItem(row, now)), pagination };
}

function isEmpty(values: readonly string[] | undefined): boolean {
  return values?.length === 0;
}

function toItem(row: IndexRow, now: number): RunItem {
  return {
    id: row.id,
    status: row.status,
    taskIdentifier: row.task,
    ...statusFlags(row.status),
    isTest: row.isTest,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    ...(row.startedAt === null ? {} : { startedAt: new Date(row.startedAt) }),
    ...(row.finishedAt === null ? {} : { finishedAt: new Date(row.finishedAt) }),
    tags: [...row.tags],
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: durationOf(row, now),
    ...(row.batchId === null ? {} : { batchId: row.batchId }),
  };
}

/** A run that goes on has grown older since its row was written. */
function durationOf({ startedAt, finishedAt, durationMs }: IndexRow, now: number): number {
  return startedAt === null || finishedAt !== null ? durationMs : Math.max(0, now - startedAt);
}
