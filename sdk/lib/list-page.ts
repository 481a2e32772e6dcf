import { RunletApiError } from "./errors.ts";
import { LazyPromise } from "./run-promise.ts";
import type { PageQuery } from "./wire.ts";

/** Which part of a list to give: by time of creation, and which of its pages. What is left out does not filter. */
export interface PageFilter {
  /** Created at this time or later; a number is milliseconds since 1970. */
  readonly from?: Date | number | undefined;
  /** Created at this time or before; a number is milliseconds since 1970. */
  readonly to?: Date | number | undefined;
  /** Created within this time before now: "30m", "12h", "7d". Default "7d", where `from` and `to` are not given. */
  readonly period?: string | undefined;
  /** How many in a page, 1-100. Default 20. */
  readonly limit?: number | undefined;
  /** What comes after this cursor: the next page. */
  readonly after?: string | undefined;
  /** What comes before this cursor: the previous page. */
  readonly before?: string | undefined;
}

/** Checks what is common to all lists. Throws a `RunletApiError` (400) that names the first filter that it does not know. */
export function readPageQuery({ from, to, period, limit, after, before, ...rest }: PageFilter): PageQuery {
  const [unknown] = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (unknown !== undefined) {
    throw new RunletApiError(400, "unsupported_filter", `Filter "${unknown}" is not supported.`);
  }
  return {
    ...(from === undefined ? {} : { from: toDate("from", from) }),
    ...(to === undefined ? {} : { to: toDate("to", to) }),
    ...(period === undefined ? {} : { period }),
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}

/** One value, or several. */
export function toList<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === "string" ? [value] : value;
}

interface Answer<Item> {
  readonly data: readonly Item[];
  readonly pagination: { readonly next?: string | undefined; readonly previous?: string | undefined };
}

/** Reads the page that a query asks for. */
export type ReadPage<Item, Query extends PageQuery> = (query: Query) => Promise<Answer<Item>>;

/** One page of a list. Iterated with `for await`, it goes on through the pages after it. */
export class ListPage<Item, Query extends PageQuery = PageQuery> implements AsyncIterable<Item> {
  readonly data: readonly Item[];
  readonly pagination: Answer<Item>["pagination"];
  readonly #read: ReadPage<Item, Query>;
  readonly #query: Query;

  constructor(read: ReadPage<Item, Query>, query: Query, { data, pagination }: Answer<Item>) {
    this.data = data;
    this.pagination = pagination;
    this.#read = read;
    this.#query = query;
  }

  hasNextPage(): boolean {
    return this.pagination.next !== undefined;
  }

  hasPreviousPage(): boolean {
    return this.pagination.previous !== undefined;
  }

  /** The older ones. Throws a `RunletApiError` (404, `no_such_page`) when there are none: ask `hasNextPage` first. */
  getNextPage(): ListPromise<Item, Query> {
    const { next } = this.pagination;
    if (next === undefined) throw noSuchPage();
    return this.#pageAt({ after: next });
  }

  /** The newer ones. Throws a `RunletApiError` (404, `no_such_page`) when there are none. */
  getPreviousPage(): ListPromise<Item, Query> {
    const { previous } = this.pagination;
    if (previous === undefined) throw noSuchPage();
    return this.#pageAt({ before: previous });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    yield* this.data;
    let { next } = this.pagination;
    while (next !== undefined) {
      const page = await this.#pageAt({ after: next });
      yield* page.data;
      next = page.pagination.next;
    }
  }

  #pageAt(cursor: Pick<PageQuery, "after" | "before">): ListPromise<Item, Query> {
    const { after: _after, before: _before, ...rest } = this.#query;
    return new ListPromise(this.#read, { ...rest, ...cursor } as Query);
  }
}

/** A page to come. Await it for the page, or iterate it with `for await` for what is in all pages. */
export class ListPromise<Item, Query extends PageQuery = PageQuery>
  extends LazyPromise<ListPage<Item, Query>>
  implements AsyncIterable<Item>
{
  constructor(read: ReadPage<Item, Query>, query: Query) {
    let page: Promise<ListPage<Item, Query>> | undefined;
    super(() => (page ??= read(query).then((answer) => new ListPage(read, query, answer))));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    yield* await this;
  }
}

function noSuchPage(): RunletApiError {
  return new RunletApiError(404, "no_such_page", "There is no further page in this direction.");
}

function toDate(name: string, value: Date | number): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  throw new RunletApiError(400, "invalid_filter", `Filter "${name}" must be a Date or milliseconds since 1970.`);
}
