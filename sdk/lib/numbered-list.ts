import { RunletApiError } from "./errors.ts";
import { LazyPromise } from "./lazy-promise.ts";

/** A page of a list that is asked for by number, as a platform answers it. */
interface Numbered<T> {
  readonly data: readonly T[];
  readonly pagination: {
    readonly currentPage: number;
    readonly totalPages: number;
    readonly count: number;
    /** What the list goes on after, where it can be asked so, and goes on. */
    readonly next?: string | undefined;
  };
}

/** What comes after a page, as a platform answers it. */
interface Stretch<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly next?: string | undefined };
}

/** Asks for the page with this number; without one, for the first. */
type ReadPage<T> = (page?: number) => Promise<Numbered<T>>;

/** Asks for what comes after a page that gave this as its `next`. */
type ReadAfter<T> = (next: string) => Promise<Stretch<T>>;

/** One page of a list. Iterated with `for await`, it goes on through the pages after it. */
export class NumberedPage<T> implements AsyncIterable<T> {
  readonly data: readonly T[];
  readonly pagination: Numbered<T>["pagination"];
  readonly #read: ReadPage<T>;
  readonly #readAfter: ReadAfter<T> | undefined;

  constructor(read: ReadPage<T>, { data, pagination }: Numbered<T>, readAfter?: ReadAfter<T>) {
    this.data = data;
    this.pagination = pagination;
    this.#read = read;
    this.#readAfter = readAfter;
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
    const { next } = this.pagination;
    yield* this.#readAfter === undefined || next === undefined ? this.#byNumber() : byPlace(this.#readAfter, next);
  }

  /** A page is where it is by what comes before it: what goes or comes there meanwhile moves the pages. */
  async *#byNumber(): AsyncGenerator<T, void, undefined> {
    let { currentPage, totalPages } = this.pagination;
    while (currentPage < totalPages) {
      const { data, pagination } = await this.#read(currentPage + 1);
      yield* data;
      ({ currentPage, totalPages } = pagination);
    }
  }

  #pageAt(page: number): NumberedPromise<T> {
    return new NumberedPromise(this.#read, page, this.#readAfter);
  }
}

/** A page to come. Await it for the page, or iterate it with `for await` for what is on all pages. */
export class NumberedPromise<T> extends LazyPromise<NumberedPage<T>> implements AsyncIterable<T> {
  /** Where the list can be asked for what comes after a page, `readAfter` does, and iteration goes on by that. */
  constructor(read: ReadPage<T>, page?: number, readAfter?: ReadAfter<T>) {
    let asked: Promise<NumberedPage<T>> | undefined;
    super(() => (asked ??= read(page).then((answer) => new NumberedPage(read, answer, readAfter))));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this;
  }
}

async function* byPlace<T>(readAfter: ReadAfter<T>, first: string): AsyncGenerator<T, void, undefined> {
  for (let next: string | undefined = first; next !== undefined;) {
    const stretch: Stretch<T> = await readAfter(next);
    yield* stretch.data;
    ({ next } = stretch.pagination);
  }
}

function noSuchPage(): RunletApiError {
  return new RunletApiError(404, "no_such_page", "There is no further page in this direction.");
}
