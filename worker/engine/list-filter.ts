import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { WindowQuery } from "../../sdk/lib/wire.ts";
import { ANY_TIME, type IndexWindow } from "../storage/index-range.ts";

/** Each value may be an index read of its own. */
const MAX_FILTER_VALUES = 50;
const DEFAULT_WINDOW_MS = 7 * 86_400_000;
const PERIOD = /^(\d{1,6})(s|m|h|d|w)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** How lists call the period. */
export const LIST_PERIOD = "filter[createdAt][period]";

/** The values of a filter, each once. Throws a `RunletApiError` (400) for too many. */
export function readValues<T extends string>(name: string, values: readonly T[] | undefined): readonly T[] | undefined {
  if (values === undefined) return undefined;
  if (values.length > MAX_FILTER_VALUES) throw invalid(`${name} takes up to ${MAX_FILTER_VALUES} values.`);
  return [...new Set(values)];
}

/**
 * `from`, `to` and `period` are all met. Without `from` and `period` the window is the 7 days up to its end. Throws a
 * `RunletApiError` (400) for a period that is none, as the request calls it.
 */
export function readWindow(query: WindowQuery, now: number, periodName: string): IndexWindow {
  const to = query.to?.getTime() ?? ANY_TIME.to;
  const starts = [];
  if (query.from !== undefined) starts.push(query.from.getTime());
  if (query.period !== undefined) starts.push(now - readPeriod(periodName, query.period));
  if (starts.length === 0) starts.push(Math.min(to, now) - DEFAULT_WINDOW_MS);
  return { from: Math.max(...starts), to };
}

function readPeriod(name: string, period: string): number {
  const [, count, unit] = PERIOD.exec(period) ?? [];
  const unitMs = unit === undefined ? undefined : UNIT_MS[unit];
  if (count === undefined || unitMs === undefined) {
    throw invalid(`${name} is a whole number and a unit: "30m", "12h", "7d", "2w".`);
  }
  return Number(count) * unitMs;
}

function invalid(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_query", message);
}
