import type { Rate } from "../../sdk/lib/queue-limits.ts";

/**
 * What has begun under a rate: times (ms) and how many then, oldest first. A log of a high rate holds slices of time,
 * each at its end: so what it allows is never more than the rate, and at most half a percent of the period late.
 */
export type RateLog = readonly (readonly [at: number, count: number])[];

const SLICES = 200;

/** The earliest time at which one more may begin: `now`, or later. */
export function nextStart(log: RateLog, { limit, periodMs }: Rate, now: number): number {
  const counted = current(log, periodMs, now);
  let left = counted.reduce((sum, [, count]) => sum + count, 0);
  for (const [at, count] of counted) {
    if (left < limit) break;
    left -= count;
    if (left < limit) return at + periodMs;
  }
  return now;
}

/** The log with one more beginning at `now`. */
export function withStart(log: RateLog, { limit, periodMs }: Rate, now: number): RateLog {
  const slice = limit <= SLICES ? 1 : Math.ceil(periodMs / SLICES);
  const at = Math.ceil(now / slice) * slice;
  const counted = current(log, periodMs, now);
  const last = counted.at(-1);
  if (last === undefined || last[0] < at) return [...counted, [at, 1]];
  return [...counted.slice(0, -1), [last[0], last[1] + 1]];
}

/** When nothing of the log counts any more. */
export function logEnd(log: RateLog, { periodMs }: Rate): number {
  return (log.at(-1)?.[0] ?? 0) + periodMs;
}

function current(log: RateLog, periodMs: number, now: number): RateLog {
  const first = log.findIndex(([at]) => at + periodMs > now);
  return first < 0 ? [] : log.slice(first);
}
