import { readWindow, toList, type WindowFilter } from "./list-filter.ts";
import { readPosition, type ListPage, type ListPosition, type ListPromise } from "./list-page.ts";
import type { ListRunsQuery, RunFilterQuery, RunItem, RunStatus } from "./wire.ts";

/** Which runs are meant. What is left out does not filter. */
export interface RunFilter extends WindowFilter {
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  readonly taskIdentifier?: string | readonly string[] | undefined;
  /** Runs that carry any of these tags. */
  readonly tag?: string | readonly string[] | undefined;
  /** Runs of this batch. */
  readonly batch?: string | undefined;
  /** Runs that this bulk action has made or canceled. */
  readonly bulkAction?: string | undefined;
  /** Runs of this schedule. */
  readonly schedule?: string | undefined;
}

/** Which runs `runs.list` gives. */
export interface RunListFilter extends RunFilter, ListPosition {}

/** A page of runs. */
export type RunListPage = ListPage<RunItem>;
/** A page of runs to come. */
export type RunListPromise = ListPromise<RunItem>;

/** Checks the filter of a list. Throws a `RunletApiError` (400) that names what is unknown or cannot be used. */
export function readListQuery({ limit, after, before, ...filter }: RunListFilter = {}): ListRunsQuery {
  return { ...readRunFilter(filter), ...readPosition({ limit, after, before }) };
}

const FILTERS = ["status", "taskIdentifier", "tag", "batch", "bulkAction", "schedule"];

/** Checks a filter. Throws a `RunletApiError` (400) that names the first one that is unknown or not supported yet. */
export function readRunFilter(filter: RunFilter): RunFilterQuery {
  const { status, taskIdentifier, tag, batch, bulkAction, schedule, ...window } = filter;
  return {
    ...readWindow(window, FILTERS),
    ...(status === undefined ? {} : { status: toList(status) }),
    ...(taskIdentifier === undefined ? {} : { taskIdentifier: toList(taskIdentifier) }),
    ...(tag === undefined ? {} : { tag: toList(tag) }),
    ...(batch === undefined ? {} : { batch }),
    ...(bulkAction === undefined ? {} : { bulkAction }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}
