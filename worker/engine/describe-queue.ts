import { isLimited } from "../../sdk/lib/queue.ts";
import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import type { QueueObject } from "../../sdk/lib/queue-wire.ts";
import { isTaskQueue, queueAddressOf, queueId } from "./queue-address.ts";
import type { QueueState } from "./queue-api.ts";
import { overriddenBound } from "./queue-settings.ts";

/** What a queue without limits is like: nothing waits in it, and nobody counts. */
export const NO_STATE: QueueState = { running: 0, queued: 0, isPaused: false };

export function describeQueue(name: string, limits: QueueLimits, state: QueueState): QueueObject {
  const type = isTaskQueue(name) ? "task" : "custom";
  const base = limits.executing[overriddenBound(limits)] ?? null;
  const override = state.override?.concurrencyLimit ?? null;
  const current = override ?? base;
  return {
    id: queueId(name),
    name: queueAddressOf(name, type) ?? name,
    type,
    version: "V1",
    isLimited: isLimited(limits),
    running: state.running,
    queued: state.queued,
    paused: state.isPaused,
    concurrencyLimit: current,
    concurrency: {
      current,
      base,
      override,
      overriddenAt: state.override === undefined ? null : new Date(state.override.at),
      overriddenBy: null,
    },
  };
}
