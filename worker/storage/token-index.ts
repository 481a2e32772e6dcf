import type { TokenStatus } from "../../sdk/lib/wire.ts";
import { packBySize } from "../core/pack-by-size.ts";
import { rangeStatement, readRange, type Condition, type IndexRange, type Statement } from "./index-range.ts";
import type { TokenRow } from "./token-row.ts";

/** Which tokens to read. A filter with several values takes tokens that have any of them; filters are all met. */
export interface TokenQuery extends IndexRange {
  readonly statuses?: readonly TokenStatus[];
  readonly tags?: readonly string[];
  readonly key?: string;
}

/** What it takes to find a token and its tags in the index. */
export type IndexedToken = Pick<TokenRow, "id" | "createdAt" | "tags">;

/** A token that is over is what it is: what it was before comes too late. */
const UPSERT_TOKENS = `
  INSERT INTO tokens (created_at, id, status, completed_at, timeout_at, tags, key, key_until)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7
  FROM json_each(?1) WHERE true
  ON CONFLICT (created_at, id) DO UPDATE SET status = excluded.status, completed_at = excluded.completed_at
  WHERE tokens.completed_at IS NULL AND excluded.completed_at IS NOT NULL`;

const INSERT_TAGS = `
  INSERT OR IGNORE INTO token_tags (tag, created_at, id)
  SELECT value->>0, value->>1, value->>2 FROM json_each(?1)`;

const DELETE_TOKENS = `
  DELETE FROM tokens WHERE (created_at, id) IN (SELECT value->>0, value->>1 FROM json_each(?1))`;

const DELETE_TAGS = `
  DELETE FROM token_tags WHERE (tag, created_at, id) IN (SELECT value->>0, value->>1, value->>2 FROM json_each(?1))`;

/** Characters of one parameter, which may have 2 MB: a character is three bytes at most. */
const PARAMETER_CHARACTERS = 500_000;

/** Writes what the index does not know; twice, late or out of order is harmless. Returns the rows written. */
export async function upsertTokens(db: D1Database, rows: readonly TokenRow[]): Promise<number> {
  let written = 0;
  for (const part of packBySize(rows, sizeOf, PARAMETER_CHARACTERS)) {
    const statements = [db.prepare(UPSERT_TOKENS).bind(JSON.stringify(part.map(toColumns)))];
    const tags = tagsOf(part);
    if (tags.length > 0) statements.push(db.prepare(INSERT_TAGS).bind(JSON.stringify(tags)));
    for (const { meta } of await db.batch(statements)) written += meta.rows_written;
  }
  return written;
}

/** Takes tokens and their tags out of the index. Those that are not there are passed over. */
export async function removeTokens(db: D1Database, tokens: readonly IndexedToken[]): Promise<void> {
  for (const part of packBySize(tokens, sizeOf, PARAMETER_CHARACTERS)) {
    const places = part.map(({ createdAt, id }) => [createdAt, id]);
    const statements = [db.prepare(DELETE_TOKENS).bind(JSON.stringify(places))];
    const tags = tagsOf(part);
    if (tags.length > 0) statements.push(db.prepare(DELETE_TAGS).bind(JSON.stringify(tags)));
    await db.batch(statements);
  }
}

/**
 * The tokens that fit the query: those nearest to the position it goes out from, `limit` of them at most, newest first.
 */
export async function readTokens(db: D1Database, query: TokenQuery): Promise<TokenRow[]> {
  const rows = await readRange<StoredToken>(db, query, tokenStatements(query));
  return rows.map(toTokenRow);
}

const COLUMNS = "t.created_at, t.id, t.status, t.completed_at, t.timeout_at, t.tags, t.key, t.key_until";
/** Names the index, since the database has no statistics to choose by. */
const FROM_KEYS = "tokens AS t INDEXED BY tokens_by_key";
/** CROSS JOIN keeps the order of the tables: tags lead. */
const FROM_TAGS = "token_tags AS k CROSS JOIN tokens AS t ON t.created_at = k.created_at AND t.id = k.id";

/** The statements whose rows together are the answer: one for a key, one for each tag, or one over all tokens. */
export function tokenStatements(query: TokenQuery): Statement[] {
  const { statuses, tags, key } = query;
  const others: Condition[] = [];
  if (statuses !== undefined) {
    others.push({ sql: "t.status IN (SELECT value FROM json_each(?))", values: [JSON.stringify(statuses)] });
  }
  if (key !== undefined) {
    if (tags !== undefined) {
      const sql = "EXISTS (SELECT 1 FROM json_each(t.tags) AS h JOIN json_each(?) AS v ON h.value = v.value)";
      others.push({ sql, values: [JSON.stringify(tags)] });
    }
    const leading = { sql: "t.key = ?", values: [key] };
    return [rangeStatement(query, { columns: COLUMNS, source: FROM_KEYS, key: "t", leading, others })];
  }
  if (tags === undefined) {
    return [rangeStatement(query, { columns: COLUMNS, source: "tokens AS t", key: "t", others })];
  }
  return tags.map((tag) => {
    const leading = { sql: "k.tag = ?", values: [tag] };
    return rangeStatement(query, { columns: COLUMNS, source: FROM_TAGS, key: "k", leading, others });
  });
}

interface StoredToken {
  readonly created_at: number;
  readonly id: string;
  readonly status: TokenStatus;
  readonly completed_at: number | null;
  readonly timeout_at: number | null;
  readonly tags: string | null;
  readonly key: string | null;
  readonly key_until: number | null;
}

function toColumns(row: TokenRow): readonly (string | number | null)[] {
  const tags = row.tags.length === 0 ? null : JSON.stringify(row.tags);
  return [row.createdAt, row.id, row.status, row.completedAt, row.timeoutAt, tags, row.key, row.keyUntil];
}

function toTokenRow(row: StoredToken): TokenRow {
  return {
    id: row.id,
    createdAt: row.created_at,
    status: row.status,
    completedAt: row.completed_at,
    timeoutAt: row.timeout_at,
    tags: row.tags === null ? [] : (JSON.parse(row.tags) as string[]),
    key: row.key,
    keyUntil: row.key_until,
  };
}

function tagsOf(tokens: readonly IndexedToken[]): (readonly [string, number, string])[] {
  return tokens.flatMap(({ tags, createdAt, id }) => tags.map((tag) => [tag, createdAt, id] as const));
}

/** What a token takes in the largest of its parameters. */
function sizeOf({ id, tags, ...rest }: IndexedToken & { readonly key?: string | null }): number {
  const tagged = tags.reduce((sum, tag) => sum + tag.length + id.length + 30, 0);
  return Math.max(tagged, 150 + id.length + (rest.key?.length ?? 0) + tags.join("").length);
}
