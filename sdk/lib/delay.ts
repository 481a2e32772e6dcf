import { parseDuration } from "./duration.ts";

/** A hundred years. */
const LONGEST_MS = 100 * 366 * 86_400_000;
/** What a delay has to be, for the messages of those who refuse another. */
export const DELAY_FORM = 'a duration of up to 100 years such as "30s", "1h30m" or "2d", an ISO 8601 date';
const ISO_DATE = /^[+-]?\d{4,6}-\d{2}-\d{2}(T.*)?$/;

/** A delay as it travels: a duration, or a moment as an ISO 8601 date. Undefined for what is neither. */
export function readDelay(value: unknown): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (typeof value !== "string") return undefined;
  const ms = parseDuration(value);
  if (ms !== undefined) return ms <= LONGEST_MS ? value : undefined;
  if (!ISO_DATE.test(value) || Number.isNaN(Date.parse(value))) return undefined;
  return new Date(value).toISOString();
}

/** When a run with this delay may start, in milliseconds since 1970, for one that is triggered at `now`. */
export function delayUntil(delay: string, now: number): number {
  const ms = parseDuration(delay);
  return ms === undefined ? Date.parse(delay) : now + ms;
}
