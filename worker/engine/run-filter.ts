import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { RunFilterQuery } from "../../sdk/lib/wire.ts";
import type { RunFilter } from "../storage/run-index.ts";

/** Each value is an index read of its own. */
const MAX_FILTER_VALUES = 50;
const DEFAULT_WINDOW_MS = 7 * 86_400_000;
const PERIOD = /^(\d{1,6})(s|m|h|d|w)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** How a request calls the filters that are checked here. */
export interface FilterNames {
  readonly status: string;
  readonly taskIdentifier: string;
  readonly tag: string;
  readonly period: string;
}

/**
 * Which runs a filter means, with its times as they are `now`. Throws a `RunletApiError` (400) that names the filter that cannot
 * be used.
 */
export function readRunFilter(query: RunFilterQuery, now: number, names: FilterNames): RunFilter {
  const statuses = readValues(names.status, query.status);
  const tasks = readValues(names.taskIdentifier, query.taskIdentifier);
  const tags = readValues(names.tag, query.tag);
  return {
    ...(statuses === undefined ? {} : { statuses }),
    ...(tasks === undefined ? {} : { tasks }),
    ...(tags === undefined ? {} : { tags }),
    ...(query.batch === undefined ? {} : { batchId: query.batch }),
    ...(query.bulkAction === undefined ? {} : { bulkId: query.bulkAction }),
    ...readWindow(query, now, names.period),
  };
}

function readValues<T extends string>(name: string, values: readonly T[] | undefined): readonly T[] | undefined {
  if (values === undefined) return undefined;
  if (values.length > MAX_FILTER_VALUES) throw invalid(`${name} takes up to ${MAX_FILTER_VALUES} values.`);
  return [...new Set(values)];
}

/** `from`, `to` and `period` are all met. Without `from` and `period` the window is the 7 days up to its end. */
function readWindow(query: RunFilterQuery, now: number, periodName: string): Pick<RunFilter, "from" | "to"> {
  const to = query.to?.getTime() ?? Number.MAX_SAFE_INTEGER - 1;
  const starts = [];
  if (query.from !== undefined) starts.push(query.from.getTime());
  if (query.period !== undefined) starts.push(now - readPeriod(query.period, periodName));
  if (starts.length === 0) starts.push(Math.min(to, now) - DEFAULT_WINDOW_MS);
  return { from: Math.max(...starts), to };
}

function readPeriod(period: string, name: string): number {
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
