import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { ListRunsQuery, RunItem, RunPage } from "../../sdk/lib/wire.ts";
import { statusFlags } from "../core/status-flags.ts";
import type { IndexRow } from "../storage/index-row.ts";
import { readRuns, type IndexQuery } from "../storage/run-index.ts";
import { decodeCursor, encodeCursor } from "./list-cursor.ts";

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
/** Each value is an index read of its own. */
const MAX_FILTER_VALUES = 50;
const DEFAULT_WINDOW_MS = 7 * 86_400_000;
const PERIOD = /^(\d{1,6})(s|m|h|d|w)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A page of runs, newest first. Pages lie between fixed runs, so what is created meanwhile moves none of them. Throws a
 * `RunletApiError` (400) that names the parameter that cannot be used.
 */
export async function listRuns(db: D1Database, query: ListRunsQuery, now: number): Promise<RunPage> {
  const limit = readLimit(query.limit);
  const cursor = readCursor(query);
  const filter = readFilter(query, now);
  if (isEmpty(query.status) || isEmpty(query.taskIdentifier) || isEmpty(query.tag)) return { data: [], pagination: {} };
  // One run more than asked for tells whether there is another page.
  const found = await readRuns(db, { ...filter, ...cursor.position, limit: limit + 1 });
  const backwards = cursor.position.newerThan !== undefined;
  const hasMore = found.length > limit;
  const rows = !hasMore ? found : backwards ? found.slice(1) : found.slice(0, limit);
  const [first, last] = [rows.at(0), rows.at(-1)];
  const turns = cursor.turns + 1;
  const hasOlder = backwards || hasMore;
  const hasNewer = backwards ? hasMore : cursor.position.olderThan !== undefined;
  return {
    data: rows.map((row) => toItem(row, now)),
    pagination: {
      ...(hasOlder && last !== undefined ? { next: encodeCursor({ ...last, turns }) } : {}),
      ...(hasNewer && first !== undefined ? { previous: encodeCursor({ ...first, turns }) } : {}),
    },
  };
}

function readLimit(limit = DEFAULT_PAGE_SIZE): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
    throw invalid(`page[size] must be a whole number from 1 to ${MAX_PAGE_SIZE}.`);
  }
  return limit;
}

interface Start {
  readonly position: Pick<IndexQuery, "olderThan" | "newerThan">;
  readonly turns: number;
}

function readCursor(query: ListRunsQuery): Start {
  const after = query.after === undefined ? undefined : decodeCursor("page[after]", query.after);
  const before = query.before === undefined ? undefined : decodeCursor("page[before]", query.before);
  if (after !== undefined && (before === undefined || after.turns > before.turns)) {
    return { position: { olderThan: after }, turns: after.turns };
  }
  if (before !== undefined) return { position: { newerThan: before }, turns: before.turns };
  return { position: {}, turns: 0 };
}

function readFilter(query: ListRunsQuery, now: number): Omit<IndexQuery, "limit" | "olderThan" | "newerThan"> {
  const statuses = readValues("filter[status]", query.status);
  const tasks = readValues("filter[taskIdentifier]", query.taskIdentifier);
  const tags = readValues("filter[tag]", query.tag);
  return {
    ...(statuses === undefined ? {} : { statuses }),
    ...(tasks === undefined ? {} : { tasks }),
    ...(tags === undefined ? {} : { tags }),
    ...(query.batch === undefined ? {} : { batchId: query.batch }),
    ...readWindow(query, now),
  };
}

function readValues<T extends string>(name: string, values: readonly T[] | undefined): readonly T[] | undefined {
  if (values === undefined) return undefined;
  if (values.length > MAX_FILTER_VALUES) throw invalid(`${name} takes up to ${MAX_FILTER_VALUES} values.`);
  return [...new Set(values)];
}

function isEmpty(values: readonly string[] | undefined): boolean {
  return values?.length === 0;
}

/** `from`, `to` and `period` are all met. Without `from` and `period` the window is the 7 days up to its end. */
function readWindow(query: ListRunsQuery, now: number): Pick<IndexQuery, "from" | "to"> {
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

function toItem(row: IndexRow, now: number): RunItem {
  return {
    id: row.id,
    status: row.status,
    taskIdentifier: row.task,
    ...statusFlags(row.status),
    isTest: false,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    ...(row.startedAt === null ? {} : { startedAt: new Date(row.startedAt) }),
    ...(row.finishedAt === null ? {} : { finishedAt: new Date(row.finishedAt) }),
    tags: [...row.tags],
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: durationOf(row, now),
    ...(row.batchId === null ? {} : { batchId: row.batchId }),
  };
}

/** A run that goes on has grown older since its row was written. */
function durationOf({ startedAt, finishedAt, durationMs }: IndexRow, now: number): number {
  return startedAt === null || finishedAt !== null ? durationMs : Math.max(0, now - startedAt);
}

function invalid(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_query", message);
}
