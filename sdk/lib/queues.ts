import { currentSurroundings } from "./pass-context.ts";
import { NumberedPromise } from "./numbered-list.ts";
import { readOverride, readQueuePage } from "./queue-query.ts";
import { readQueueReference, type QueueReference } from "./queue-reference.ts";
import type { QueueObject } from "./queue-wire.ts";
import { doorOf } from "./trigger.ts";

/**
 * Queues, looked at and managed from anywhere. All throw a `RunletApiError`: 404 (`queue_not_found`) for a queue that the
 * deployment does not have, 401 for a bad key, 0 when the platform could not be reached in five attempts.
 */
export const queues = {
  /**
   * The queues of the deployed code, in the order of their names. Awaited, it gives one page; iterated with `for await`, all
   * queues of all pages. `page` starts at 1; `perPage` is 1-100, by default 20.
   */
  list(
    options: { readonly page?: number | undefined; readonly perPage?: number | undefined } = {},
  ): NumberedPromise<QueueObject> {
    const { page: first, ...query } = readQueuePage(options);
    const door = doorOf(currentSurroundings());
    return new NumberedPromise(
      (page) => door.queues.list({ ...query, ...(page === undefined ? {} : { page }) }),
      first,
    );
  },

  /** The queue as it is now. */
  async retrieve(queue: QueueReference): Promise<QueueObject> {
    return doorOf(currentSurroundings()).queues.retrieve(readQueueReference(queue));
  },

  /**
   * Has the queue give no slots: nothing starts in it, tries again or goes on after a wait until it is resumed. Runs that
   * have a slot keep it. It stays so through deploys. Throws a `RunletApiError` (422, `queue_not_limited`) for a queue without
   * limits, where runs wait for nothing.
   */
  async pause(queue: QueueReference): Promise<QueueObject> {
    return doorOf(currentSurroundings()).queues.pause(readQueueReference(queue), true);
  },

  /** Has a paused queue give slots again. One that is not paused stays as it is. */
  async resume(queue: QueueReference): Promise<QueueObject> {
    return doorOf(currentSurroundings()).queues.pause(readQueueReference(queue), false);
  },

  /**
   * Puts another limit in place of the one that the code has on runs that execute at once: of `concurrency.total` where there is
   * one, else of `concurrency.perKey` (`concurrencyLimit`). It counts at once; runs above a lower one go on to their end. It
   * stays through deploys until it is reset. `limit` is a whole number from 0, which lets nothing start, to 100,000. Throws a
   * `RunletApiError` (422, `queue_not_limited`) for a queue without limits.
   */
  async overrideConcurrencyLimit(queue: QueueReference, limit: number): Promise<QueueObject> {
    return doorOf(currentSurroundings()).queues.limit(readQueueReference(queue), readOverride(limit));
  },

  /** Takes the override back: the limit of the code counts again. Without one, it changes nothing. */
  async resetConcurrencyLimit(queue: QueueReference): Promise<QueueObject> {
    return doorOf(currentSurroundings()).queues.limit(readQueueReference(queue), null);
  },
};
