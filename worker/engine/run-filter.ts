import type { RunFilterQuery } from "../../sdk/lib/wire.ts";
import type { RunFilter } from "../storage/run-index.ts";
import { readValues, readWindow } from "./list-filter.ts";

/** How a request calls the filters that are checked here. */
export interface FilterNames {
  readonly status: string;
  readonly taskIdentifier: string;
  readonly tag: string;
  readonly period: string;
}

/**
 * Which runs a filter means, with its times as they are `now`. Throws a `RunletApiError` (400) that names the filter that cannot
 * be used.
 */
export function readRunFilter(query: RunFilterQuery, now: number, names: FilterNames): RunFilter {
  const statuses = readValues(names.status, query.status);
  const tasks = readValues(names.taskIdentifier, query.taskIdentifier);
  const tags = readValues(names.tag, query.tag);
  return {
    ...(statuses === undefined ? {} : { statuses }),
    ...(tasks === undefined ? {} : { tasks }),
    ...(tags === undefined ? {} : { tags }),
    ...(query.batch === undefined ? {} : { batchId: query.batch }),
    ...(query.bulkAction === undefined ? {} : { bulkId: query.bulkAction }),
    ...(query.schedule === undefined ? {} : { scheduleId: query.schedule }),
    ...readWindow(query, now, names.period),
  };
}
