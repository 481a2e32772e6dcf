import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import {
  insertDeliveries,
  removeDeliveries,
  type DeliveryRow,
  type IndexedDelivery,
} from "../storage/delivery-index.ts";
import { removeRuns, type IndexedRun } from "../storage/index-removal.ts";
import type { IndexRow } from "../storage/index-row.ts";
import { upsertRuns } from "../storage/run-index.ts";
import { removeTokens, upsertTokens, type IndexedToken } from "../storage/token-index.ts";
import type { TokenRow } from "../storage/token-row.ts";
import { Gathering } from "./gathering.ts";

/**
 * Gathers index rows of many groups and writes, or removes, them as few statements, since the database does one at a
 * time. It keeps nothing: a caller has its rows in an outbox until the call has resolved, and may make it again.
 */
export class IndexGatherer extends DurableObject<Env> {
  readonly #written = new Gathering<IndexRow>((rows) => upsertRuns(this.env.RUN_INDEX, rows), newestOfEach);
  readonly #removed = new Gathering<IndexedRun>(
    (runs) => removeRuns(this.env.RUN_INDEX, runs),
    (runs) => runs,
  );
  readonly #tokens = new Gathering<TokenRow>(
    (rows) => upsertTokens(this.env.RUN_INDEX, rows),
    (rows) => rows,
  );
  readonly #removedTokens = new Gathering<IndexedToken>(
    (tokens) => removeTokens(this.env.RUN_INDEX, tokens),
    (tokens) => tokens,
  );
  readonly #deliveries = new Gathering<DeliveryRow>(
    (rows) => insertDeliveries(this.env.RUN_INDEX, rows),
    (rows) => rows,
  );
  readonly #removedDeliveries = new Gathering<IndexedDelivery>(
    (deliveries) => removeDeliveries(this.env.RUN_INDEX, deliveries),
    (deliveries) => deliveries,
  );

  /** Resolves once the rows are in the index. Rejects if they may not be: write them again. */
  write(rows: IndexRow[]): Promise<void> {
    return this.#written.add(rows);
  }

  /** Resolves once the runs are out of the index. Rejects if they may not be: remove them again. */
  remove(runs: IndexedRun[]): Promise<void> {
    return this.#removed.add(runs);
  }

  /** As `write`. */
  writeTokens(rows: TokenRow[]): Promise<void> {
    return this.#tokens.add(rows);
  }

  /** As `remove`. */
  removeTokens(tokens: IndexedToken[]): Promise<void> {
    return this.#removedTokens.add(tokens);
  }

  /** As `write`. */
  writeDeliveries(rows: DeliveryRow[]): Promise<void> {
    return this.#deliveries.add(rows);
  }

  /** As `remove`. */
  removeDeliveries(deliveries: IndexedDelivery[]): Promise<void> {
    return this.#removedDeliveries.add(deliveries);
  }
}

/** One row a run: what a run was some milliseconds ago interests nobody, and would be written all the same. */
function newestOfEach(rows: readonly IndexRow[]): IndexRow[] {
  const newest = new Map<string, IndexRow>();
  for (const row of rows) {
    const known = newest.get(row.id);
    if (known === undefined || row.updatedAt > known.updatedAt) newest.set(row.id, row);
  }
  return [...newest.values()];
}
