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

const NAME = "settings";

export function readSettings(store: QueueStore): QueueSettings {
  return JSON.parse(store.setting(NAME) ?? '{"isPaused":false}') as QueueSettings;
}

export function writeSettings(store: QueueStore, settings: QueueSettings): void {
  store.writeSetting(NAME, JSON.stringify(settings));
}

/** The limits of the code with what was set in its place. */
export function limitsNow(base: QueueLimits, { concurrencyLimit }: QueueSettings): QueueLimits {
  if (concurrencyLimit === undefined) return base;
  const bound = base.executing.total === undefined ? "perKey" : "total";
  return { ...base, executing: { ...base.executing, [bound]: concurrencyLimit } };
}
