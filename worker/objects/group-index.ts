import { DELIVERY_ROOT, OWN_ROOT, rootOf } from "../core/address.ts";
import { deliveryRow } from "../engine/describe-delivery.ts";
import { indexRow } from "../engine/describe-run.ts";
import { tokenRow } from "../engine/tokens.ts";
import type { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";
import type { DeliveryRow } from "../storage/delivery-index.ts";
import type { IndexRow } from "../storage/index-row.ts";
import { removeRuns } from "../storage/index-removal.ts";
import { upsertRuns } from "../storage/run-index.ts";
import type { TokenRow } from "../storage/token-row.ts";
import type { IndexGatherer } from "./index-gatherer.ts";

const GATHERERS = 4;

interface Rows {
  readonly runs: IndexRow[];
  readonly tokens: TokenRow[];
  readonly deliveries: DeliveryRow[];
}

/**
 * The index as one group uses it. Groups that many triggers share, and batches, write it themselves: there are few of them
 * and each write has many rows. A group with a root of its own, and that of a token or a webhook delivery, may be one of thousands,
 * so it hands its rows to a gatherer.
 */
export class GroupIndex {
  private readonly env: Env;
  private readonly lane: number;
  private readonly read: <T>(look: (turn: Turn) => T) => T | undefined;

  constructor(env: Env, short: string, read: <T>(look: (turn: Turn) => T) => T | undefined) {
    this.env = env;
    this.lane = short.charCodeAt(0) % GATHERERS;
    this.read = read;
  }

  /** Writes what is at these paths as it is now. Rejects when it may not have been written. */
  async write(paths: readonly string[]): Promise<void> {
    const { runs, tokens, deliveries } = this.rows(paths);
    if (hasOwnRoot(runs)) await this.gatherer().write(runs);
    else if (runs.length > 0) await upsertRuns(this.env.RUN_INDEX, runs);
    if (tokens.length > 0) await this.gatherer().writeTokens(tokens);
    if (deliveries.length > 0) await this.gatherer().writeDeliveries(deliveries);
  }

  /** Takes what is at these paths out of the index. Rejects when it may still be there. */
  async remove(paths: readonly string[]): Promise<void> {
    const rows = this.rows(paths);
    const [runs, tokens] = [rows.runs.map(place), rows.tokens.map(place)];
    if (hasOwnRoot(runs)) await this.gatherer().remove(runs);
    else if (runs.length > 0) await removeRuns(this.env.RUN_INDEX, runs);
    if (tokens.length > 0) await this.gatherer().removeTokens(tokens);
    const deliveries = rows.deliveries.map(({ id, createdAt }) => ({ id, createdAt }));
    if (deliveries.length > 0) await this.gatherer().removeDeliveries(deliveries);
  }

  private rows(paths: readonly string[]): Rows {
    const rows: Rows = { runs: [], tokens: [], deliveries: [] };
    this.read((turn) => {
      for (const n of paths) {
        const entry = turn.get(n);
        if (entry?.kind === "run") rows.runs.push(indexRow(turn, entry.record));
        else if (entry?.kind === "token" && entry.record.isTime !== true)
          rows.tokens.push(tokenRow(turn, entry.record));
        else if (entry?.kind === "delivery") rows.deliveries.push(deliveryRow(turn, entry.record));
      }
    });
    return rows;
  }

  private gatherer(): DurableObjectStub<IndexGatherer> {
    const gatherers = this.env.INDEX_GATHERER;
    return gatherers.get(gatherers.idFromName(`gatherer-${this.lane}`));
  }
}

type Placed = Pick<IndexRow, "id" | "createdAt" | "tags" | "scheduleId">;

function place({ id, createdAt, tags, scheduleId }: Placed): Placed {
  return { id, createdAt, tags, ...(scheduleId === undefined ? {} : { scheduleId }) };
}

/** Whether these rows are of a group with a root of its own. */
function hasOwnRoot([first]: readonly Placed[]): boolean {
  if (first === undefined) return false;
  const root = rootOf(first.id.slice(first.id.lastIndexOf("_") + 1));
  return root.startsWith(OWN_ROOT) || root.startsWith(DELIVERY_ROOT);
}
