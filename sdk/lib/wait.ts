import { RunletError } from "./errors.ts";
import { LazyPromise } from "./lazy-promise.ts";
import { waitForSharedTime, type AskedTime, type WaitKey } from "./shared-time.ts";
import { listTokens } from "./token-list.ts";
import { completeToken, createToken, forToken, retrieveToken } from "./token.ts";
import { currentPass } from "./trigger.ts";
import { forWebhook } from "./webhook-wait.ts";

/** A length of time; what is given is added up. Numbers of 0 or more, parts of a unit included. */
export interface WaitDuration extends WaitKey {
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
  readonly weeks?: number;
  /** Of the calendar, in UTC: the same day of a later month. Whole numbers. */
  readonly months?: number;
  readonly years?: number;
}

/** What `wait.until` takes. */
export interface WaitUntil extends WaitKey {
  readonly date: Date;
  /** Throws a `RunletError` for a date that has passed. Default: the wait is over at once. */
  readonly throwIfInThePast?: boolean;
}

const UNIT_MS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 604_800_000 } as const;
const CALENDAR_UNITS = ["months", "years"] as const;
const KEY_NAMES: readonly string[] = ["idempotencyKey", "idempotencyKeyTTL"];

/**
 * Waits of a task for a time, for a token that others complete, or for an event of a webhook endpoint. While it waits it uses
 * nothing, for seconds or for years; then its function is called again from the top, and goes on behind the wait. They may stand
 * beside other waits in `Promise.all`, `any` and `race`. Only inside a task: elsewhere they reject with `OutsideTaskError`.
 */
export const wait = {
  /** `await wait.for({ hours: 1, minutes: 30 })`. Throws a `RunletError` for what is no length of time. */
  for(duration: WaitDuration): Promise<void> {
    return waitUntil("wait.for", () => {
      const until = endOf(duration, Date.now());
      const { idempotencyKey, idempotencyKeyTTL } = duration;
      return { until, isPastRefused: false, idempotencyKey, idempotencyKeyTTL };
    });
  },

  /** `await wait.until({ date })`. Throws a `RunletError` for what is no date. */
  until(options: WaitUntil): Promise<void> {
    return waitUntil("wait.until", () => {
      const until = options?.date instanceof Date ? options.date.getTime() : Number.NaN;
      if (Number.isNaN(until)) throw new RunletError("wait.until({ date }) needs a valid Date.");
      const { throwIfInThePast: isPastRefused = false, idempotencyKey, idempotencyKeyTTL } = options;
      return { until, isPastRefused, idempotencyKey, idempotencyKeyTTL };
    });
  },

  forWebhook,
  createToken,
  forToken,
  completeToken,
  retrieveToken,
  listTokens,
};

function waitUntil(call: string, read: () => AskedTime & WaitKey): Promise<void> {
  try {
    const pass = currentPass(call, "Use setTimeout or a library for timers here.");
    const { until, isPastRefused, ...key } = read();
    if (key.idempotencyKey !== undefined) return waitForSharedTime(pass, call, { until, isPastRefused }, key);
    const begun = pass.waitForTime(until, { isPastRefused });
    return new LazyPromise(() => begun);
  } catch (error) {
    const rejection = Promise.reject(error);
    return new LazyPromise<void>(() => rejection);
  }
}

/** The end of a length of time that begins at `now`, in milliseconds since 1970. */
function endOf(duration: WaitDuration, now: number): number {
  if (typeof duration !== "object" || duration === null) throw noDuration("it");
  const known = [...Object.keys(UNIT_MS), ...CALENDAR_UNITS, ...KEY_NAMES];
  const given = Object.entries(duration).filter(([, count]) => count !== undefined);
  const lengths = given.filter(([unit]) => !KEY_NAMES.includes(unit));
  const unknown = given.find(([unit]) => !known.includes(unit));
  if (lengths.length === 0 || unknown !== undefined) throw noDuration(unknown?.[0] ?? "it");
  const wrong = lengths.find(([, count]) => typeof count !== "number" || !(count >= 0) || !Number.isFinite(count));
  if (wrong !== undefined) throw noDuration(wrong[0]);
  const { months = 0, years = 0 } = duration;
  if (!Number.isInteger(months) || !Number.isInteger(years)) throw noDuration("months, years");
  const end = new Date(now);
  if (months + years > 0) end.setUTCFullYear(end.getUTCFullYear() + years, end.getUTCMonth() + months);
  const rest = Object.entries(UNIT_MS).reduce(
    (sum, [unit, ms]) => sum + (duration[unit as keyof typeof UNIT_MS] ?? 0) * ms,
    0,
  );
  const until = end.getTime() + rest;
  if (Number.isNaN(new Date(until).getTime())) throw noDuration("it");
  return until;
}

function noDuration(what: string): RunletError {
  return new RunletError(
    `wait.for() takes { seconds, minutes, hours, days, weeks, months, years }, numbers of 0 or more: ${what} is none.`,
  );
}
