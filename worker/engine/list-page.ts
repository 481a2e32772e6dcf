import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { PageQuery } from "../../sdk/lib/wire.ts";
import type { IndexPosition, IndexRange } from "../storage/index-range.ts";
import { decodeCursor, encodeCursor, type ListCursor } from "./list-cursor.ts";

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
/** Each value may be an index read of its own. */
const MAX_FILTER_VALUES = 50;
const DEFAULT_WINDOW_MS = 7 * 86_400_000;
const PERIOD = /^(\d{1,6})(s|m|h|d|w)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A page to be read: its part of the index, with one row more than it holds, and how many were turned to come by it. */
export interface PageStart {
  readonly range: IndexRange;
  readonly turns: number;
}

/**
 * Where a page begins and how long it is. Throws a `RunletApiError` (400) that names the parameter that cannot be used.
 */
export function startPage(query: PageQuery, now: number): PageStart {
  const limit = readLimit(query.limit);
  const { position, turns } = readCursor(query);
  // One row more than asked for tells whether there is another page.
  return { range: { ...readWindow(query, now), ...position, limit: limit + 1 }, turns };
}

export interface TurnedPage<Row> {
  readonly rows: readonly Row[];
  readonly pagination: { readonly next?: string; readonly previous?: string };
}

/**
 * The page that was found, newest first, with the cursors of those beside it. Pages lie between fixed rows, so what is
 * created meanwhile moves none of them.
 */
export function endPage<Row extends IndexPosition>(
  { range, turns: turnsBefore }: PageStart,
  found: readonly Row[],
): TurnedPage<Row> {
  const limit = range.limit - 1;
  const backwards = range.newerThan !== undefined;
  const hasMore = found.length > limit;
  const rows = !hasMore ? found : backwards ? found.slice(1) : found.slice(0, limit);
  const [first, last] = [rows.at(0), rows.at(-1)];
  const turns = turnsBefore + 1;
  const hasOlder = backwards || hasMore;
  const hasNewer = backwards ? hasMore : range.olderThan !== undefined;
  return {
    rows,
    pagination: {
      ...(hasOlder && last !== undefined ? { next: cursorAt(last, turns) } : {}),
      ...(hasNewer && first !== undefined ? { previous: cursorAt(first, turns) } : {}),
    },
  };
}

/** The values of a filter, each once. Throws a `RunletApiError` (400) for too many. */
export function readValues<T extends string>(name: string, values: readonly T[] | undefined): readonly T[] | undefined {
  if (values === undefined) return undefined;
  if (values.length > MAX_FILTER_VALUES) throw invalid(`${name} takes up to ${MAX_FILTER_VALUES} values.`);
  return [...new Set(values)];
}

function cursorAt({ createdAt, id }: IndexPosition, turns: number): string {
  return encodeCursor({ createdAt, id, turns });
}

function readLimit(limit = DEFAULT_PAGE_SIZE): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
    throw invalid(`page[size] must be a whole number from 1 to ${MAX_PAGE_SIZE}.`);
  }
  return limit;
}

interface Start {
  readonly position: Pick<IndexRange, "olderThan" | "newerThan">;
  readonly turns: number;
}

function readCursor(query: PageQuery): Start {
  const after = query.after === undefined ? undefined : decodeCursor("page[after]", query.after);
  const before = query.before === undefined ? undefined : decodeCursor("page[before]", query.before);
  if (after !== undefined && (before === undefined || after.turns > before.turns)) {
    return { position: { olderThan: placeOf(after) }, turns: after.turns };
  }
  if (before !== undefined) return { position: { newerThan: placeOf(before) }, turns: before.turns };
  return { position: {}, turns: 0 };
}

function placeOf({ createdAt, id }: ListCursor): IndexPosition {
  return { createdAt, id };
}

/** `from`, `to` and `period` are all met. Without `from` and `period` the window is the 7 days up to its end. */
function readWindow(query: PageQuery, now: number): Pick<IndexRange, "from" | "to"> {
  const to = query.to?.getTime() ?? Number.MAX_SAFE_INTEGER - 1;
  const starts = [];
  if (query.from !== undefined) starts.push(query.from.getTime());
  if (query.period !== undefined) starts.push(now - readPeriod(query.period));
  if (starts.length === 0) starts.push(Math.min(to, now) - DEFAULT_WINDOW_MS);
  return { from: Math.max(...starts), to };
}

function readPeriod(period: string): number {
  const [, count, unit] = PERIOD.exec(period) ?? [];
  const unitMs = unit === undefined ? undefined : UNIT_MS[unit];
  if (count === undefined || unitMs === undefined) {
    throw invalid('filter[createdAt][period] is a whole number and a unit: "30m", "12h", "7d", "2w".');
  }
  return Number(count) * unitMs;
}

function invalid(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_query", message);
}
