/** A place in the order of the index: by time of creation (ms), then by id. */
export interface IndexPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** Bounds of the time of creation in milliseconds, both included. */
export interface IndexWindow {
  readonly from: number;
  readonly to: number;
}

export const ANY_TIME: IndexWindow = { from: 0, to: Number.MAX_SAFE_INTEGER - 1 };

/** Where to begin to read, and how much. */
export interface IndexPart {
  /** Go out from here to older rows, or to newer ones, without the row there. At most one; neither: from the newest. */
  readonly olderThan?: IndexPosition;
  readonly newerThan?: IndexPosition;
  readonly limit: number;
}

/** Which part of the order to read, and how much of it. */
export interface IndexRange extends IndexWindow, IndexPart {}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** Something that rows have to meet, with a value for each `?` in it. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** One index read: which columns, of what, and the table whose order is read, as `source` calls it. */
export interface RangeRead {
  readonly columns: string;
  readonly source: string;
  readonly key: string;
  /** What leads comes first: its value, and then the range, are what the index is searched for. */
  readonly leading?: Condition | undefined;
  readonly others: readonly Condition[];
}

/** Reads in order from the position on, and stops at `limit` rows: nothing is sorted. */
export function rangeStatement(range: IndexRange, { columns, source, key, leading, others }: RangeRead): Statement {
  const low = newest(range.newerThan, { createdAt: range.from, id: "" });
  const high = oldest(range.olderThan, { createdAt: range.to + 1, id: "" });
  const all: readonly Condition[] = [
    ...(leading === undefined ? [] : [leading]),
    { sql: `(${key}.created_at, ${key}.id) > (?, ?)`, values: [low.createdAt, low.id] },
    { sql: `(${key}.created_at, ${key}.id) < (?, ?)`, values: [high.createdAt, high.id] },
    ...others,
  ];
  const order = range.newerThan === undefined ? "DESC" : "ASC";
  const sql = `SELECT ${columns} FROM ${source} WHERE ${all.map((condition) => condition.sql).join(" AND ")}
    ORDER BY ${key}.created_at ${order}, ${key}.id ${order} LIMIT ?`;
  return { sql, parameters: [...all.flatMap(({ values }) => values), range.limit] };
}

interface StoredPosition {
  readonly created_at: number;
  readonly id: string;
}

/** The rows of all the statements: those nearest to the position of the range, `limit` of them at most, newest first. */
export async function readRange<Row extends StoredPosition>(
  db: D1Database,
  range: IndexRange,
  statements: readonly Statement[],
): Promise<Row[]> {
  const lanes = await db.batch<Row>(statements.map(({ sql, parameters }) => db.prepare(sql).bind(...parameters)));
  const found = new Map<string, Row>();
  for (const lane of lanes) for (const row of lane.results) found.set(row.id, row);
  const newestFirst = [...found.values()].sort(byAge);
  return range.newerThan === undefined ? newestFirst.slice(0, range.limit) : newestFirst.slice(-range.limit);
}

function byAge(a: StoredPosition, b: StoredPosition): number {
  if (a.created_at !== b.created_at) return b.created_at - a.created_at;
  return a.id < b.id ? 1 : -1;
}

function newest(a: IndexPosition | undefined, b: IndexPosition): IndexPosition {
  return a !== undefined && isNewer(a, b) ? a : b;
}

function oldest(a: IndexPosition | undefined, b: IndexPosition): IndexPosition {
  return a !== undefined && isNewer(b, a) ? a : b;
}

function isNewer(a: IndexPosition, b: IndexPosition): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt;
}
