import type { Door } from "./door.ts";
import { RunletApiError } from "./errors.ts";
import { ListPromise, type ListPage } from "./list-page.ts";
import type { ListRunsQuery, PageQuery, RunFilterQuery, RunItem, RunStatus } from "./wire.ts";

/** Which runs are meant. What is left out does not filter. */
export interface RunFilter {
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  readonly taskIdentifier?: string | readonly string[] | undefined;
  /** Runs that carry any of these tags. */
  readonly tag?: string | readonly string[] | undefined;
  /** Runs of this batch. */
  readonly batch?: string | undefined;
  /** Runs that this bulk action has made or canceled. */
  readonly bulkAction?: string | undefined;
  /** Created at this time or later; a number is milliseconds since 1970. */
  readonly from?: Date | number | undefined;
  /** Created at this time or before; a number is milliseconds since 1970. */
  readonly to?: Date | number | undefined;
  /** Created within this time before now: "30m", "12h", "7d". Default "7d", where `from` and `to` are not given. */
  readonly period?: string | undefined;
}

/** Which page of a list. */
export interface ListPosition {
  /** How many in a page, 1-100. Default 20. */
  readonly limit?: number | undefined;
  /** What comes after this cursor: the next page. */
  readonly after?: string | undefined;
  /** What comes before this cursor: the previous page. */
  readonly before?: string | undefined;
}

/** Which runs `runs.list` gives. */
export interface RunListFilter extends RunFilter, ListPosition {}

/** Checks the filter of a list. Throws a `RunletApiError` (400) that names what is unknown or cannot be used. */
export function readListQuery(filter: RunListFilter = {}): ListRunsQuery {
  const { limit, after, before, ...rest } = filter;
  return { ...readRunFilter(rest), ...readPosition({ limit, after, before }) };
}

/** What is given of a position. */
export function readPosition({ limit, after, before }: ListPosition): PageQuery {
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}

/** Checks a filter. Throws a `RunletApiError` (400) that names the first one that is unknown or not supported yet. */
export function readRunFilter(filter: RunFilter): RunFilterQuery {
  const query: { -readonly [K in keyof RunFilterQuery]: RunFilterQuery[K] } = {};
  const { status, taskIdentifier, tag, batch, bulkAction, from, to, period, ...rest } = filter;
  const [unknown] = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (unknown !== undefined) {
    throw new RunletApiError(400, "unsupported_filter", `Filter "${unknown}" is not supported.`);
  }
  if (status !== undefined) query.status = toList(status);
  if (taskIdentifier !== undefined) query.taskIdentifier = toList(taskIdentifier);
  if (tag !== undefined) query.tag = toList(tag);
  if (batch !== undefined) query.batch = batch;
  if (bulkAction !== undefined) query.bulkAction = bulkAction;
  if (from !== undefined) query.from = toDate("from", from);
  if (to !== undefined) query.to = toDate("to", to);
  if (period !== undefined) query.period = period;
  return query;
}

/** One page of runs. Iterated with `for await`, it goes on through the pages after it. */
export type RunListPage = ListPage<RunItem>;

/** A page to come. Await it for the page, or iterate it with `for await` for the runs of all pages. */
export type RunListPromise = ListPromise<RunItem>;

export function listRuns(door: Door, query: ListRunsQuery): RunListPromise {
  const { after: _after, before: _before, ...filter } = query;
  return new ListPromise((cursor) => door.listRuns(cursor === undefined ? query : { ...filter, ...cursor }));
}

function toList<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === "string" ? [value] : value;
}

function toDate(name: string, value: Date | number): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  throw new RunletApiError(400, "invalid_filter", `Filter "${name}" must be a Date or milliseconds since 1970.`);
}
