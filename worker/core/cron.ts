import { Cron } from "croner";
import { patternProblem } from "./cron-pattern.ts";

/**
 * Times of a cron pattern in a time zone. A pattern whose minute and hour name times of day (no `*`, no `/`) has each of them once
 * a day: one that the clocks skip comes at the moment at which they jump, one that they show twice comes the first time. Any
 * other pattern follows the clock on the wall: what is skipped is left out, what is shown twice comes twice.
 */

/** When: a pattern of five fields, in a time zone. */
export interface CronTimes {
  readonly cron: string;
  readonly timezone: string;
}

const OPTIONS = { mode: "5-part", fixedTimeRule: "no-wildcard" } as const;
/** The library counts in seconds. */
const SECOND_MS = 1000;

let last: { readonly key: string; readonly job: Cron } | undefined;

/** What is wrong with a pattern, as a sentence; undefined if nothing is. */
export function cronProblem(cron: string, now: number): string | undefined {
  const problem = patternProblem(cron);
  if (problem !== undefined) return `The cron pattern "${cron.slice(0, 300)}" ${problem}.`;
  try {
    if (nextTick({ cron, timezone: "UTC" }, now) !== undefined) return undefined;
  } catch (error) {
    // The form above is all that is known to be taken; the library has the last word.
    return `The cron pattern "${cron}" cannot be used: ${error instanceof Error ? error.message : String(error)}.`;
  }
  return `The cron pattern "${cron}" never comes: there is no such day.`;
}

/** Whether this is a time zone by its IANA name. Offsets such as +02:00 are none. */
export function isTimeZone(timezone: string): boolean {
  if (!/^[a-z]/i.test(timezone)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

/** The first tick after a moment, in ms; undefined for a pattern that never comes again. */
export function nextTick(times: CronTimes, after: number): number | undefined {
  return jobOf(times).nextRun(new Date(after))?.getTime();
}

/** The first `count` ticks after a moment, in their order. */
export function nextTicks(times: CronTimes, after: number, count: number): number[] {
  return jobOf(times)
    .nextRuns(count, new Date(after))
    .map((date) => date.getTime());
}

/** The last `count` ticks at or before a moment, the newest first. */
export function previousTicks(times: CronTimes, at: number, count: number): number[] {
  const after = Math.floor(at / SECOND_MS) * SECOND_MS + SECOND_MS;
  return jobOf(times)
    .previousRuns(count, new Date(after))
    .map((date) => date.getTime());
}

/** A parsed pattern is kept for the next call, which is mostly for the same. */
function jobOf({ cron, timezone }: CronTimes): Cron {
  const key = `${timezone} ${cron}`;
  if (last?.key !== key) last = { key, job: new Cron(cron, { timezone, ...OPTIONS }) };
  return last.job;
}
