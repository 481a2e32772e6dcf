import type { Door } from "./door.ts";
import { RunletApiError } from "./errors.ts";
import type { ListQueuesQuery, QueueObject, QueuePage } from "./queue-wire.ts";
import { LazyPromise } from "./run-promise.ts";

/** One page of queues. Iterated with `for await`, it goes on through the pages after it. */
export class QueueListPage implements AsyncIterable<QueueObject> {
  readonly data: readonly QueueObject[];
  readonly pagination: QueuePage["pagination"];
  readonly #door: Door;
  readonly #query: ListQueuesQuery;

  constructor(door: Door, query: ListQueuesQuery, page: QueuePage) {
    this.data = page.data;
    this.pagination = page.pagination;
    this.#door = door;
    this.#query = query;
  }

  hasNextPage(): boolean {
    return this.pagination.currentPage < this.pagination.totalPages;
  }

  hasPreviousPage(): boolean {
    return this.pagination.currentPage > 1;
  }

  /** Throws a `RunletApiError` (404, `no_such_page`) when there is none: ask `hasNextPage` first. */
  getNextPage(): QueueListPromise {
    if (!this.hasNextPage()) throw noSuchPage();
    return this.#pageAt(this.pagination.currentPage + 1);
  }

  /** Throws a `RunletApiError` (404, `no_such_page`) when there is none. */
  getPreviousPage(): QueueListPromise {
    if (!this.hasPreviousPage()) throw noSuchPage();
    return this.#pageAt(this.pagination.currentPage - 1);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<QueueObject, void, undefined> {
    yield* this.data;
    if (this.hasNextPage()) yield* await this.getNextPage();
  }

  #pageAt(page: number): QueueListPromise {
    return new QueueListPromise(this.#door, { ...this.#query, page });
  }
}

/** A page to come. Await it for the page, or iterate it with `for await` for the queues of all pages. */
export class QueueListPromise extends LazyPromise<QueueListPage> implements AsyncIterable<QueueObject> {
  constructor(door: Door, query: ListQueuesQuery) {
    let page: Promise<QueueListPage> | undefined;
    super(() => (page ??= door.queues.list(query).then((answer) => new QueueListPage(door, query, answer))));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<QueueObject, void, undefined> {
    yield* await this;
  }
}

function noSuchPage(): RunletApiError {
  return new RunletApiError(404, "no_such_page", "There is no further page in this direction.");
}
