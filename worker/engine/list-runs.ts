import type { ListRunsQuery, RunItem, RunPage } from "../../sdk/lib/wire.ts";
import { statusFlags } from "../core/status-flags.ts";
import type { IndexRow } from "../storage/index-row.ts";
import { readRuns, type IndexQuery } from "../storage/run-index.ts";
import { endPage, readValues, startPage } from "./list-page.ts";

/** A page of runs, newest first. Throws a `RunletApiError` (400) that names the parameter that cannot be used. */
export async function listRuns(db: D1Database, query: ListRunsQuery, now: number): Promise<RunPage> {
  const start = startPage(query, now);
  const filter = readFilter(query);
  if (isEmpty(query.status) || isEmpty(query.taskIdentifier) || isEmpty(query.tag)) return { data: [], pagination: {} };
  const { rows, pagination } = endPage(start, await readRuns(db, { ...start.range, ...filter }));
  return { data: rows.map((row) => toItem(row, now)), pagination };
}

function readFilter(query: ListRunsQuery): Pick<IndexQuery, "statuses" | "tasks" | "tags" | "batchId"> {
  const statuses = readValues("filter[status]", query.status);
  const tasks = readValues("filter[taskIdentifier]", query.taskIdentifier);
  const tags = readValues("filter[tag]", query.tag);
  return {
    ...(statuses === undefined ? {} : { statuses }),
    ...(tasks === undefined ? {} : { tasks }),
    ...(tags === undefined ? {} : { tags }),
    ...(query.batch === undefined ? {} : { batchId: query.batch }),
  };
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
    isTest: false,
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
