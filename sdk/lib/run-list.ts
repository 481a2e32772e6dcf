import { readPageQuery, toList, type ListPage, type ListPromise, type PageFilter } from "./list-page.ts";
import type { ListRunsQuery, RunItem, RunStatus } from "./wire.ts";

/** Which runs `runs.list` gives. What is left out does not filter. */
export interface RunListFilter extends PageFilter {
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  readonly taskIdentifier?: string | readonly string[] | undefined;
  /** Runs that carry any of these tags. */
  readonly tag?: string | readonly string[] | undefined;
  /** Runs of this batch. */
  readonly batch?: string | undefined;
}

/** A page of runs. */
export type RunListPage = ListPage<RunItem, ListRunsQuery>;
/** A page of runs to come. */
export type RunListPromise = ListPromise<RunItem, ListRunsQuery>;

/** Checks a filter. Throws a `RunletApiError` (400) that names the first one that is unknown or not supported yet. */
export function readListQuery(filter: RunListFilter = {}): ListRunsQuery {
  const { status, taskIdentifier, tag, batch, ...page } = filter;
  return {
    ...readPageQuery(page),
    ...(status === undefined ? {} : { status: toList(status) }),
    ...(taskIdentifier === undefined ? {} : { taskIdentifier: toList(taskIdentifier) }),
    ...(tag === undefined ? {} : { tag: toList(tag) }),
    ...(batch === undefined ? {} : { batch }),
  };
}
