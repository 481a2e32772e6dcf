import type { BatchItemRequest } from "./door.ts";
import { RunletError } from "./errors.ts";

/** The items of a batch, which remember why they could not be encoded: a `fetch` hides what its body threw. */
export class WatchedItems implements Iterable<BatchItemRequest> {
  readonly #items: Iterable<BatchItemRequest>;
  failure: RunletError | undefined;

  constructor(items: Iterable<BatchItemRequest>) {
    this.#items = items;
  }

  *[Symbol.iterator](): Generator<BatchItemRequest, void, undefined> {
    try {
      for (const item of this.#items) yield item;
    } catch (cause) {
      this.failure =
        cause instanceof RunletError ? cause : new RunletError("An item of the batch cannot be encoded.", { cause });
      throw this.failure;
    }
  }
}
