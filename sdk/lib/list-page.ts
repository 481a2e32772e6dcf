import { RunletApiError } from "./errors.ts";
import { LazyPromise } from "./run-promise.ts";

/** A page as the platform gives it. */
interface GivenPage<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly next?: string | undefined; readonly previous?: string | undefined };
}

/** Asks the platform for the page at a cursor; without one for the page that the list begins with. */
export type AskPage<T> = (cursor?: { readonly after: string } | { readonly before: string }) => Promise<GivenPage<T>>;

/** One page of a list. Iterated with `for await`, it goes on through the pages after it. */
export class ListPage<T> implements AsyncIterable<T> {
  readonly data: readonly T[];
  readonly pagination: GivenPage<T>["pagination"];
  readonly #ask: AskPage<T>;

  constructor(ask: AskPage<T>, page: GivenPage<T>) {
    this.data = page.data;
    this.pagination = page.pagination;
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
