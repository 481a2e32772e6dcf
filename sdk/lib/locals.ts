import { OutsideTaskError, RunletError } from "./errors.ts";
import { currentSurroundings } from "./pass-context.ts";

/** Carries the type of a local's value. No object has this property. */
declare const VALUE: unique symbol;

/** Names a local and knows its type: what `locals.create` gives. Two keys of one id are the same key. */
export interface LocalsKey<T> {
  readonly id: string;
  readonly [VALUE]?: T;
}

/**
 * Values that hooks, middleware, and the task share while a run executes: a connection, a user that was looked up. Each
 * pass starts without any, so set them in middleware, which every pass goes through; nothing of them is stored.
 */
export const locals = {
  /** A key for values of the type `T`. Make it once, outside of the task. */
  create<T>(id: string): LocalsKey<T> {
    if (typeof id !== "string" || id.length === 0) throw new RunletError("locals.create(id) needs an id.");
    return { id };
  },

  /** The value that this pass has set, or undefined. */
  get<T>(key: LocalsKey<T>): T | undefined {
    return currentSurroundings()?.pass?.locals.get(key.id) as T | undefined;
  },

  /** The value that this pass has set. Throws a `RunletError` when it has set none. */
  getOrThrow<T>(key: LocalsKey<T>): T {
    const values = currentSurroundings()?.pass?.locals;
    if (values?.has(key.id) !== true) {
      throw new RunletError(
        `The local "${key.id}" was not set in this pass. Set it in middleware, which runs in each.`,
      );
    }
    return values.get(key.id) as T;
  },

  /** Sets the value for the rest of this pass, and gives it back. Throws an `OutsideTaskError` outside of tasks. */
  set<T>(key: LocalsKey<T>, value: T): T {
    const values = currentSurroundings()?.pass?.locals;
    if (values === undefined) throw new OutsideTaskError("locals.set() works only in a task and its hooks.");
    values.set(key.id, value);
    return value;
  },
};
