import { RunletApiError } from "./errors.ts";
import { LazyPromise } from "./lazy-promise.ts";

/** A page of a list that is asked for by number, as a platform answers it. */
interface Numbered<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly currentPage: number; readonly totalPages: number; readonly count: number };
}

/** Asks for the page with this number; without one, for the first. */
type ReadPage<T> = (page?: number) => Promise<Numbered<T>>;

/** One page of a list. Iterated with `for await`, it goes on through the pages after it. */
export class NumberedPage<T> implements AsyncIterable<T> {
  readonly data: readonly T[];
  readonly pagination: Numbered<T>["pagination"];
  readonly #read: ReadPage<T>;

  constructor(read: ReadPage<T>, { data, pagination }: Numbered<T>) {
    this.data = data;
    this.pagination = pagination;
    this.#read = read;
  }

  hasNextPage(): boolean {
    return this.pagination.currentPage < this.pagination.totalPages;
  }

  hasPreviousPage(): boolean {
    return this.pagination.currentPage > 1;
  }

  /** Throws a `RunletApiError` (404, `no_such_page`) when there is none: ask `hasNextPage` first. */
  getNextPage(): NumberedPromise<T> {
    if (!this.hasNextPage()) throw noSuchPage();
    return this.#pageAt(this.pagination.currentPage + 1);
  }

  /** Throws a `RunletApiError` (404, `no_such_page`) when there is none. */
  getPreviousPage(): NumberedPromise<T> {
    if (!this.hasPreviousPage()) throw noSuchPage();
    return this.#pageAt(this.pagination.currentPage - 1);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* this.data;
    let { currentPage, totalPages } = this.pagination;
    while (currentPage < totalPages) {
      const { data, pagination } = await this.#read(currentPage + 1);
      yield* data;
      ({ currentPage, totalPages } = pagination);
    }
  }

  #pageAt(page: number): NumberedPromise<T> {
    return new NumberedPromise(this.#read, page);
  }
}

/** A page to come. Await it for the page, or iterate it with `for await` for what is on all pages. */
export class NumberedPromise<T> extends LazyPromise<NumberedPage<T>> implements AsyncIterable<T> {
  constructor(read: ReadPage<T>, page?: number) {
    let asked: Promise<NumberedPage<T>> | undefined;
    super(() => (asked ??= read(page).then((answer) => new NumberedPage(read, answer))));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this;
  }
}

function noSuchPage(): RunletApiError {
  return new RunletApiError(404, "no_such_page", "There is no further page in this direction.");
}
