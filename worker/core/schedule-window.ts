import { nextTick, previousTicks, type CronTimes } from "./cron.ts";
import type { NextTick } from "./schedule.ts";

/**
 * The window of a schedule: its runs start a stable while after their ticks, so that schedules with one pattern do not all start at
 * once. The while is the same part of each window, and never so long that the next tick has come.
 */

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const WINDOW = /^(\d{1,4})(m|h|%)$/;

/** What a window must be; undefined for one that is right. */
export function windowProblem(window: string): string | undefined {
  const [, amount, unit] = WINDOW.exec(window) ?? [];
  const number = Number(amount);
  const isRight = unit === "%" ? number <= 100 : number * (unit === "h" ? 60 : 1) <= DAY_MINUTES;
  if (unit !== undefined && isRight) return undefined;
  return 'minutes or hours up to 24 hours ("30m", "2h"), or a part of the time between ticks ("25%")';
}

/** When the run of a tick starts. */
export function startOf(times: CronTimes & { readonly window?: string }, fraction: number, at: number): number {
  const [, amount = "0", unit] = WINDOW.exec(times.window ?? "") ?? [];
  if (Number(amount) === 0) return at;
  const most = (nextTick(times, at) ?? Infinity) - at;
  const length = unit === "%" ? (Math.min(most, DAY_MINUTES * MINUTE_MS) * Number(amount)) / 100 : inMs(amount, unit);
  return at + Math.floor((Math.min(length, most) * fraction) / 1000) * 1000;
}

/** The first tick after a moment, with its start; undefined when there is none. */
export function tickAfter(
  times: CronTimes & { readonly window?: string },
  fraction: number,
  after: number,
): NextTick | undefined {
  const at = nextTick(times, after);
  return at === undefined ? undefined : { at, due: startOf(times, fraction, at) };
}

function inMs(amount: string, unit: string | undefined): number {
  return Number(amount) * (unit === "h" ? 60 : 1) * MINUTE_MS;
}

/** The place of a schedule in its windows, 0 to 1: it follows from its id. */
export function fractionOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  // The last bits of such a sum are mixed best.
  return ((hash >>> 0) % 100_003) / 100_003;
}

/** The tick whose start is next, which may have come already; undefined when there is none. */
export function nextStart(
  times: CronTimes & { readonly window?: string },
  fraction: number,
  now: number,
): NextTick | undefined {
  const [at] = times.window === undefined ? [] : previousTicks(times, now, 1);
  const due = at === undefined ? now : startOf(times, fraction, at);
  return at !== undefined && due > now ? { at, due } : tickAfter(times, fraction, now);
}
