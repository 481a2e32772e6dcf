import { RunletError } from "./errors.ts";
import type { HookCalls } from "./hook-calls.ts";
import type { NamedHook } from "./global-hooks.ts";

/**
 * Calls `attempt` inside all middleware, the first of it outermost. Rejects with what middleware throws; `attempt` must
 * not reject. Whoever calls `next()` without awaiting it is waited for all the same.
 */
export function throughMiddleware(hooks: HookCalls, attempt: () => Promise<void>): Promise<void> {
  return hooks
    .list("middleware")
    .reduceRight<() => Promise<void>>((next, hook) => () => around(hooks, hook, next), attempt)();
}

async function around(hooks: HookCalls, hook: NamedHook<"middleware">, goOn: () => Promise<void>): Promise<void> {
  let inner: Promise<void> | undefined;
  const next = (): Promise<void> => {
    if (inner !== undefined) return Promise.reject(new RunletError(`${hook.label} called next() twice.`));
    inner = goOn();
    // Whoever does not look at it is told by the await below.
    inner.catch(() => undefined);
    return inner;
  };
  try {
    await hooks.call("middleware", hook, { next });
  } catch (error) {
    await inner?.catch(() => undefined);
    throw error;
  }
  if (inner === undefined) throw new RunletError(`${hook.label} did not call next(), so run was not called.`);
  await inner;
}
