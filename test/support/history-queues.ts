import { isLimited, QUEUE, queue } from "../../sdk/lib/queue.ts";
import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";

const MADE = [
  queue({ name: "narrow", concurrency: { total: 1 } }),
  queue({ name: "keyed", concurrency: { perKey: 1, total: 3 } }),
  queue({ name: "paced", rateLimit: { limit: 2, period: "5s" }, rateLimitPerKey: { limit: 1, period: "8s" } }),
  queue({ name: "flown", inFlight: { perKey: 1, total: 2 }, concurrencyLimit: 1 }),
] as const;

/** The queues of random histories. */
export const QUEUES = MADE.map((one) => one[QUEUE]).filter(({ limits }) => isLimited(limits));
export const HISTORY_QUEUES = MADE;

export function isInFlightLimited({ inFlight }: QueueLimits): boolean {
  return inFlight.perKey !== undefined || inFlight.total !== undefined;
}
