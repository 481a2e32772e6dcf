import { RunletApiError } from "./errors.ts";
import { refuseUnknown } from "./list-filter.ts";
import { LazyPromise } from "./lazy-promise.ts";
import type { PageQuery } from "./wire.ts";

/** Which page of a list. */
export interface ListPosition {
  /** How many in a page, 1-100. Default 20. */
  readonly limit?: number | undefined;
  /** What comes after this cursor: the next page. */
  readonly after?: string | undefined;
  /** What comes before this cursor: the previous page. */
  readonly before?: string | undefined;
}

const POSITION = ["limit", "after", "before"];

/** What is given of a position. Throws a `RunletApiError` (400) that names the first thing in it that it does not know. */
export function readPosition({ limit, after, before, ...rest }: ListPosition): PageQuery {
  refuseUnknown(rest, POSITION);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}

/** A page as the platform gives it. */
interface GivenPage<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly next?: string | undefined; readonly previous?: string | undefined };
}

/** Asks the platform for the page at a cursor; without one for the page that the list begins with. */
type AskPage<T> = (cursor?: { readonly after: string } | { readonly before: string }) => Promise<GivenPage<T>>;

/** The list that a query asks for, from the page that it names. `read` asks the platform for one page. */
export function listPages<T, Query extends PageQuery>(
  read: (query: Query | Omit<Query, "after" | "before">) => Promise<GivenPage<T>>,
  query: Query,
): ListPromise<T> {
  const { after: _after, before: _before, ...rest } = query;
  return new ListPromise((cursor) => read(cursor === undefined ? query : { ...rest, ...cursor }));
}

/** One page of a list. Iterated with `for await`, it goes on through the pages after it. */
export class ListPage<T> implements AsyncIterable<T> {
  readonly data: readonly T[];
  readonly pagination: GivenPage<T>["pagination"];
  readonly #ask: AskPage<T>;

  constructor(ask: AskPage<T>, { data, pagination }: GivenPage<T>) {
    this.data = data;
    this.pagination = pagination;
    this.#ask = ask;
  }

  hasNextPage(): boolean {
    return this.pagination.next !== undefined;
  }

  hasPreviousPage(): boolean {
    return this.pagination.previous !== undefined;
  }

  /** The older ones. Throws a `RunletApiError` (404, `no_such_page`) when there are none: ask `hasNextPage` first. */
  getNextPage(): ListPromise<T> {
    const { next } = this.pagination;
    if (next === undefined) throw noSuchPage();
    return new ListPromise(this.#ask, { after: next });
  }

  /** The newer ones. Throws a `RunletApiError` (404, `no_such_page`) when there are none. */
  getPreviousPage(): ListPromise<T> {
    const { previous } = this.pagination;
    if (previous === undefined) throw noSuchPage();
    return new ListPromise(this.#ask, { before: previous });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* this.data;
    let { next } = this.pagination;
    while (next !== undefined) {
      const page = await this.#ask({ after: next });
      yield* page.data;
      next = page.pagination.next;
    }
  }
}

/** A page to come. Await it for the page, or iterate it with `for await` for what is in all pages. */
export class ListPromise<T> extends LazyPromise<ListPage<T>> implements AsyncIterable<T> {
  constructor(ask: AskPage<T>, cursor?: Parameters<AskPage<T>>[0]) {
    let page: Promise<ListPage<T>> | undefined;
    super(() => (page ??= ask(cursor).then((answer) => new ListPage(ask, answer))));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this;
  }
}

function noSuchPage(): RunletApiError {
  return new RunletApiError(404, "no_such_page", "There is no further page in this direction.");
}
