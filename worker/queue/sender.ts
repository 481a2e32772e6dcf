import type { Env } from "../env.ts";
import type { DispatchMessage } from "./message.ts";

/** Takes dispatches, a send's worth at most, on the way to a consumer. Rejects if they may be lost. */
export type DispatchSender = (messages: readonly DispatchMessage[]) => Promise<unknown>;

/** `PassRunner` as an object of the same Worker sees it: every call is one between entrypoints. */
interface Runner {
  work(messages: readonly DispatchMessage[]): Promise<void>;
}

/**
 * The way of dispatches: the queue, or with `RUNLET_DISPATCH=direct` the Worker's own `PassRunner`. Local queues have one
 * batch in flight, or a few, and a long pass holds its batch. Lost on the way, a dispatch is sent again by its group's alarm.
 */
export function dispatchSender(ctx: DurableObjectState, env: Env): DispatchSender {
  const runner = env.RUNLET_DISPATCH === "direct" ? runnerOf(ctx) : undefined;
  if (runner !== undefined) return (messages) => runner.work(messages);
  return (messages) => env.RUN_QUEUE.sendBatch(messages.map((body) => ({ body })));
}

function runnerOf(ctx: DurableObjectState): Runner | undefined {
  const { exports } = ctx as { exports?: { PassRunner?: Runner } };
  return exports?.PassRunner;
}
