import { readKey } from "./hash-key.ts";
import { readWindow, toList, type WindowFilter } from "./list-filter.ts";
import { listPages, readPosition, type ListPage, type ListPosition, type ListPromise } from "./list-page.ts";
import { currentSurroundings } from "./pass-context.ts";
import { doorOf } from "./trigger.ts";
import type { ListTokensQuery, TokenItem, TokenStatus } from "./wire.ts";

/** Which tokens `wait.listTokens` gives. What is left out does not filter. */
export interface TokenListFilter extends WindowFilter, ListPosition {
  readonly status?: TokenStatus | readonly TokenStatus[] | undefined;
  /** Tokens that carry any of these tags. */
  readonly tags?: string | readonly string[] | undefined;
  /** Tokens with this key, as it was given to `wait.createToken`. */
  readonly idempotencyKey?: string | readonly string[] | undefined;
}

/** A page of tokens. */
export type TokenListPage = ListPage<TokenItem>;
/** A page of tokens to come. */
export type TokenListPromise = ListPromise<TokenItem>;

/**
 * Tokens, newest first, about a second behind what happens: await it for a page, or iterate it with `for await` for all of
 * them. They come without what they were completed with: `wait.retrieveToken` has that. Throws a `RunletApiError` (400) that
 * names a filter that is unknown or cannot be used.
 */
export function listTokens(filter: TokenListFilter = {}): TokenListPromise {
  const { status, tags, idempotencyKey, limit, after, before, ...window } = filter;
  const query: ListTokensQuery = {
    ...readWindow(window, ["status", "tags", "idempotencyKey"]),
    ...readPosition({ limit, after, before }),
    ...(status === undefined ? {} : { status: toList(status) }),
    ...(tags === undefined ? {} : { tags: toList(tags) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: readKey(idempotencyKey) }),
  };
  const door = doorOf(currentSurroundings());
  return listPages((asked) => door.listTokens(asked), query);
}
