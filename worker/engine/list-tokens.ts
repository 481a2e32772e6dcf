import type { ListTokensQuery, TokenItem } from "../../sdk/lib/wire.ts";
import type { IndexPart } from "../storage/index-range.ts";
import { readTokens, type TokenQuery } from "../storage/token-index.ts";
import type { TokenRow } from "../storage/token-row.ts";
import { breath } from "./breath.ts";
import { LIST_PERIOD, readValues, readWindow } from "./list-filter.ts";
import { endPage, startPage, type TurnedPage } from "./list-page.ts";

/** A token of a list, without its address for callbacks. */
export type ListedToken = Omit<TokenItem, "url">;

export interface ListedTokens {
  readonly data: readonly ListedToken[];
  readonly pagination: TurnedPage<never>["pagination"];
}

/** A page of tokens, newest first. Throws a `RunletApiError` (400) that names the parameter that cannot be used. */
export async function listTokens(db: D1Database, query: ListTokensQuery, now: number): Promise<ListedTokens> {
  const start = startPage(query);
  const filter = readFilter(query, now);
  if (query.status?.length === 0 || query.tags?.length === 0) return { data: [], pagination: {} };
  await breath();
  const { rows, pagination } = endPage(start, await readTokens(db, { ...filter, ...start.part }));
  return { data: rows.map(toItem), pagination };
}

function readFilter(query: ListTokensQuery, now: number): Omit<TokenQuery, keyof IndexPart> {
  const statuses = readValues("filter[status]", query.status);
  const tags = readValues("filter[tags]", query.tags);
  return {
    ...(statuses === undefined ? {} : { statuses }),
    ...(tags === undefined ? {} : { tags }),
    ...(query.idempotencyKey === undefined ? {} : { key: query.idempotencyKey }),
    ...readWindow(query, now, LIST_PERIOD),
  };
}

function toItem(row: TokenRow): ListedToken {
  return {
    id: row.id,
    status: row.status,
    tags: [...row.tags],
    createdAt: new Date(row.createdAt),
    ...(row.timeoutAt === null ? {} : { timeoutAt: new Date(row.timeoutAt) }),
    ...(row.completedAt === null ? {} : { completedAt: new Date(row.completedAt) }),
    ...(row.key === null ? {} : { idempotencyKey: row.key }),
    ...(row.keyUntil === null ? {} : { idempotencyKeyExpiresAt: new Date(row.keyUntil) }),
  };
}
