import { hashKey, isHashed, type IdempotencyKey, type IdempotencyScope } from "./hash-key.ts";
import { currentSurroundings } from "./pass-context.ts";
import { doorOf } from "./trigger.ts";

export interface IdempotencyKeyOptions {
  /** Default `run`. */
  readonly scope?: IdempotencyScope;
}

/** Keys under which something happens once: give one as `idempotencyKey` of a trigger or batch. */
export const idempotencyKeys = {
  /**
   * A key out of a text, or of several, within a scope. A plain text given as `idempotencyKey` is as one of scope `run`. Throws a
   * `RunletApiError` (400) for an empty key, an unknown scope, and scope `attempt` outside of a task.
   */
  async create(
    key: string | readonly string[],
    { scope = "run" }: IdempotencyKeyOptions = {},
  ): Promise<IdempotencyKey> {
    return hashKey(key, scope);
  },

  /**
   * Frees a key of a task: the next trigger with it makes a new run. `key` is a key that was created, or a text, which is of
   * scope `global` unless told otherwise. Throws a `RunletApiError` (404) when no run holds the key.
   */
  async reset(
    taskId: string,
    key: string | readonly string[],
    { scope = "global" }: IdempotencyKeyOptions = {},
  ): Promise<{ readonly id: string }> {
    const hashed = isHashed(key) ? key : hashKey(key, scope);
    await doorOf(currentSurroundings()).resetKey(taskId, hashed);
    return { id: hashed };
  },
};
