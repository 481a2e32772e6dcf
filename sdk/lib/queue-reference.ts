import { RunletError } from "./errors.ts";
import { QUEUE, type Queue } from "./queue.ts";
import { QUEUE_ADDRESS_TYPES, type QueueAddress } from "./queue-wire.ts";

/**
 * A queue: its id, what `queue()` returned, or its type and name. The queue that a task has by itself is
 * `{ type: "task", name: "<id of the task>" }`.
 */
export type QueueReference = string | Queue | { readonly type: "task" | "custom"; readonly name: string };

/** Throws a `RunletError` for what is no reference to a queue. */
export function readQueueReference(given: QueueReference): QueueAddress {
  if (typeof given === "string" && given.length > 0) return { type: "id", name: given };
  if (typeof given === "object" && given !== null) {
    if (QUEUE in given) return { type: "custom", name: given[QUEUE].name };
    const type = QUEUE_ADDRESS_TYPES.find((known) => known !== "id" && known === given.type);
    if (type !== undefined && typeof given.name === "string" && given.name.length > 0)
      return { type, name: given.name };
  }
  throw new RunletError(
    'Expected a queue: its id, a queue(), or { type: "task" | "custom", name }, where a task\'s name is its id.',
  );
}
