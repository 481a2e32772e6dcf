import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import type { QueueStore } from "../storage/queue-store.ts";

/** What was set from outside, over what the code says. */
export interface QueueSettings {
  readonly isPaused: boolean;
  /** In place of the concurrency limit that the code has. */
  readonly concurrencyLimit?: number;
  /** When that was set, ms. */
  readonly overriddenAt?: number;
}

export const NOTHING_SET: QueueSettings = { isPaused: false };

const NAME = "settings";

export function readSettings(store: QueueStore): QueueSettings {
  const text = store.setting(NAME);
  return text === undefined ? NOTHING_SET : (JSON.parse(text) as QueueSettings);
}

/** Whether a queue works the same with both; when it was set makes no difference. */
export function isSameSettings(a: QueueSettings, b: QueueSettings): boolean {
  return a.isPaused === b.isPaused && a.concurrencyLimit === b.concurrencyLimit;
}

export function writeSettings(store: QueueStore, settings: QueueSettings): void {
  store.writeSetting(NAME, JSON.stringify(settings));
}

/** The limits of the code with what was set in its place. */
export function limitsNow(base: QueueLimits, { concurrencyLimit }: QueueSettings): QueueLimits {
  if (concurrencyLimit === undefined) return base;
  return { ...base, executing: { ...base.executing, [overriddenBound(base)]: concurrencyLimit } };
}

/** Which of the limits of the code it is that another takes the place of: the one for all together, if there is one. */
export function overriddenBound({ executing }: QueueLimits): "perKey" | "total" {
  return executing.total === undefined ? "perKey" : "total";
}
