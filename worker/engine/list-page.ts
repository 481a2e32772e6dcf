import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { PageQuery } from "../../sdk/lib/wire.ts";
import type { IndexPosition } from "../storage/run-index.ts";
import { decodeCursor, encodeCursor } from "./list-cursor.ts";

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** Where a page of a list begins, and how many it holds at most. */
export interface PageStart {
  readonly position: { readonly olderThan?: IndexPosition; readonly newerThan?: IndexPosition };
  /** How many pages were turned before. */
  readonly turns: number;
  readonly limit: number;
}

/** Throws a `RunletApiError` (400) that names the parameter that cannot be used. */
export function readPageStart(query: PageQuery): PageStart {
  const limit = readLimit(query.limit);
  const after = query.after === undefined ? undefined : decodeCursor("page[after]", query.after);
  const before = query.before === undefined ? undefined : decodeCursor("page[before]", query.before);
  if (after !== undefined && (before === undefined || after.turns > before.turns)) {
    return { position: { olderThan: after }, turns: after.turns, limit };
  }
  if (before !== undefined) return { position: { newerThan: before }, turns: before.turns, limit };
  return { position: {}, turns: 0, limit };
}

/** The page, of one more than it holds: that tells whether there is another one. */
export function cutPage<T extends IndexPosition>(
  found: readonly T[],
  { position, turns: turned, limit }: PageStart,
): { readonly rows: readonly T[]; readonly pagination: { next?: string; previous?: string } } {
  const backwards = position.newerThan !== undefined;
  const hasMore = found.length > limit;
  const rows = !hasMore ? found : backwards ? found.slice(1) : found.slice(0, limit);
  const [first, last] = [rows.at(0), rows.at(-1)];
  const turns = turned + 1;
  const hasOlder = backwards || hasMore;
  const hasNewer = backwards ? hasMore : position.olderThan !== undefined;
  return {
    rows,
    pagination: {
      ...(hasOlder && last !== undefined ? { next: encodeCursor({ ...last, turns }) } : {}),
      ...(hasNewer && first !== undefined ? { previous: encodeCursor({ ...first, turns }) } : {}),
    },
  };
}

function readLimit(limit = DEFAULT_PAGE_SIZE): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE_SIZE) return limit;
  const message = `page[size] must be a whole number from 1 to ${MAX_PAGE_SIZE}.`;
  throw new RunletApiError(400, "invalid_query", message);
}
