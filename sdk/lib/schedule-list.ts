import type { Door } from "./door.ts";
import { RunletApiError } from "./errors.ts";
import { LazyPromise } from "./run-promise.ts";
import type { ListSchedulesQuery, ScheduleObject, SchedulePage } from "./schedule-wire.ts";

/** One page of schedules. Iterated with `for await`, it goes on through the pages after it. */
export class ScheduleListPage implements AsyncIterable<ScheduleObject> {
  readonly data: readonly ScheduleObject[];
  readonly pagination: SchedulePage["pagination"];
  readonly #door: Door;
  readonly #query: ListSchedulesQuery;

  constructor(door: Door, query: ListSchedulesQuery, page: SchedulePage) {
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
  getNextPage(): ScheduleListPromise {
    if (!this.hasNextPage()) throw noSuchPage();
    return this.#pageAt(this.pagination.currentPage + 1);
  }

  /** Throws a `RunletApiError` (404, `no_such_page`) when there is none. */
  getPreviousPage(): ScheduleListPromise {
    if (!this.hasPreviousPage()) throw noSuchPage();
    return this.#pageAt(this.pagination.currentPage - 1);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ScheduleObject, void, undefined> {
    yield* this.data;
    if (this.hasNextPage()) yield* await this.getNextPage();
  }

  #pageAt(page: number): ScheduleListPromise {
    return new ScheduleListPromise(this.#door, { ...this.#query, page });
  }
}

/** A page to come. Await it for the page, or iterate it with `for await` for the schedules of all pages. */
export class ScheduleListPromise extends LazyPromise<ScheduleListPage> implements AsyncIterable<ScheduleObject> {
  constructor(door: Door, query: ListSchedulesQuery) {
    let page: Promise<ScheduleListPage> | undefined;
    super(() => (page ??= door.schedules.list(query).then((answer) => new ScheduleListPage(door, query, answer))));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ScheduleObject, void, undefined> {
    yield* await this;
  }
}

function noSuchPage(): RunletApiError {
  return new RunletApiError(404, "no_such_page", "There is no further page in this direction.");
}
