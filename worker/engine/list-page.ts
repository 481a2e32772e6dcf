import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { PageQuery } from "../../sdk/lib/wire.ts";
import type { IndexPart, IndexPosition } from "../storage/index-range.ts";
import { decodeCursor, encodeCursor, type ListCursor } from "./list-cursor.ts";

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** A page to be read: its part of the order, with one row more than it holds, and how many were turned to come by it. */
export interface PageStart {
  readonly part: IndexPart;
  readonly turns: number;
}

/**
 * Where a page begins and how long it is. Throws a `RunletApiError` (400) that names the parameter that cannot be used.
 */
export function startPage(query: PageQuery): PageStart {
  const limit = readLimit(query.limit);
  const { position, turns } = readCursor(query);
  // One row more than asked for tells whether there is another page.
  return { part: { ...position, limit: limit + 1 }, turns };
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
  { part, turns: turnsBefore }: PageStart,
  found: readonly Row[],
): TurnedPage<Row> {
  const limit = part.limit - 1;
  const backwards = part.newerThan !== undefined;
  const hasMore = found.length > limit;
  const rows = !hasMore ? found : backwards ? found.slice(1) : found.slice(0, limit);
  const [first, last] = [rows.at(0), rows.at(-1)];
  const turns = turnsBefore + 1;
  const hasOlder = backwards || hasMore;
  const hasNewer = backwards ? hasMore : part.olderThan !== undefined;
  return {
    rows,
    pagination: {
      ...(hasOlder && last !== undefined ? { next: cursorAt(last, turns) } : {}),
      ...(hasNewer && first !== undefined ? { previous: cursorAt(first, turns) } : {}),
    },
  };
}

function cursorAt({ createdAt, id }: IndexPosition, turns: number): string {
  return encodeCursor({ createdAt, id, turns });
}

function readLimit(limit = DEFAULT_PAGE_SIZE): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE_SIZE) return limit;
  const message = `page[size] must be a whole number from 1 to ${MAX_PAGE_SIZE}.`;
  throw new RunletApiError(400, "invalid_query", message);
}

interface Start {
  readonly position: Omit<IndexPart, "limit">;
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
