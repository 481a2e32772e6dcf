import type { Door } from "./door.ts";
import { RunletApiError } from "./errors.ts";
import { LazyPromise } from "./run-promise.ts";
import type { ListRunsQuery, RunItem, RunPage, RunStatus } from "./wire.ts";

/** Which runs `runs.list` gives. What is left out does not filter. */
export interface RunListFilter {
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  readonly taskIdentifier?: string | readonly string[] | undefined;
  /** Runs that carry any of these tags. */
  readonly tag?: string | readonly string[] | undefined;
  /** Runs of this batch. */
  readonly batch?: string | undefined;
  /** Created at this time or later; a number is milliseconds since 1970. */
  readonly from?: Date | number | undefined;
  /** Created at this time or before; a number is milliseconds since 1970. */
  readonly to?: Date | number | undefined;
  /** Created within this time before now: "30m", "12h", "7d". Default "7d", where `from` and `to` are not given. */
  readonly period?: string | undefined;
  /** Runs in a page, 1-100. Default 20. */
  readonly limit?: number | undefined;
  /** The runs after this cursor: the next page. */
  readonly after?: string | undefined;
  /** The runs before this cursor: the previous page. */
  readonly before?: string | undefined;
}

/** Checks a filter. Throws a `RunletApiError` (400) that names the first one that is unknown or not supported yet. */
export function readListQuery(filter: RunListFilter | undefined): ListRunsQuery {
  const query: { -readonly [K in keyof ListRunsQuery]: ListRunsQuery[K] } = {};
  if (filter === undefined) return query;
  const { status, taskIdentifier, tag, batch, from, to, period, limit, after, before, ...rest } = filter;
  const [unknown] = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (unknown !== undefined) {
    throw new RunletApiError(400, "unsupported_filter", `Filter "${unknown}" is not supported.`);
  }
  if (status !== undefined) query.status = toList(status);
  if (taskIdentifier !== undefined) query.taskIdentifier = toList(taskIdentifier);
  if (tag !== undefined) query.tag = toList(tag);
  if (batch !== undefined) query.batch = batch;
  if (from !== undefined) query.from = toDate("from", from);
  if (to !== undefined) query.to = toDate("to", to);
  if (period !== undefined) query.period = period;
  if (limit !== undefined) query.limit = limit;
  if (after !== undefined) query.after = after;
  if (before !== undefined) query.before = before;
  return query;
}

/** One page of runs. Iterated with `for await`, it goes on through the pages after it. */
export class RunListPage implements AsyncIterable<RunItem> {
  readonly data: readonly RunItem[];
  readonly pagination: RunPage["pagination"];
  readonly #door: Door;
  readonly #query: ListRunsQuery;

  constructor(door: Door, query: ListRunsQuery, page: RunPage) {
    this.data = page.data;
    this.pagination = page.pagination;
    this.#door = door;
    this.#query = query;
  }

  hasNextPage(): boolean {
    return this.pagination.next !== undefined;
  }

  hasPreviousPage(): boolean {
    return this.pagination.previous !== undefined;
  }

  /** The older runs. Throws a `RunletApiError` (404, `no_such_page`) when there are none: ask `hasNextPage` first. */
  getNextPage(): RunListPromise {
    const { next } = this.pagination;
    if (next === undefined) throw noSuchPage();
    return this.#pageAfter(next);
  }

  /** The newer runs. Throws a `RunletApiError` (404, `no_such_page`) when there are none. */
  getPreviousPage(): RunListPromise {
    const { previous } = this.pagination;
    if (previous === undefined) throw noSuchPage();
    return new RunListPromise(this.#door, { ...withoutCursor(this.#query), before: previous });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunItem, void, undefined> {
    yield* this.data;
    let { next } = this.pagination;
    while (next !== undefined) {
      const page = await this.#pageAfter(next);
      yield* page.data;
      next = page.pagination.next;
    }
  }

  #pageAfter(cursor: string): RunListPromise {
    return new RunListPromise(this.#door, { ...withoutCursor(this.#query), after: cursor });
  }
}

/** A page to come. Await it for the page, or iterate it with `for await` for the runs of all pages. */
export class RunListPromise extends LazyPromise<RunListPage> implements AsyncIterable<RunItem> {
  constructor(door: Door, query: ListRunsQuery) {
    let page: Promise<RunListPage> | undefined;
    super(() => (page ??= door.listRuns(query).then((answer) => new RunListPage(door, query, answer))));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunItem, void, undefined> {
    yield* await this;
  }
}

function withoutCursor(query: ListRunsQuery): ListRunsQuery {
  const { after: _after, before: _before, ...rest } = query;
  return rest;
}

function noSuchPage(): RunletApiError {
  return new RunletApiError(404, "no_such_page", "There is no further page in this direction.");
}

function toList<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === "string" ? [value] : value;
}

function toDate(name: string, value: Date | number): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  throw new RunletApiError(400, "invalid_filter", `Filter "${name}" must be a Date or milliseconds since 1970.`);
}
