import type { Outcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { Entry } from "../core/entry.ts";

const MOST = 5_000;
const LONGEST_BODY = 1_000;

/** What is known of a row without reading it. Bodies only if they are short. */
export interface CachedRecord {
  readonly entry: Entry;
  readonly payload?: Packet;
  readonly outcome?: Outcome;
}

/**
 * The records that a group has read or written last. The group's object alone writes its database, so what is here is
 * what is there; after a turn that failed it is forgotten. Bounded, since a group may hold more than fits in memory.
 */
export class RecordCache {
  private readonly records = new Map<string, CachedRecord>();

  get(n: string): CachedRecord | undefined {
    return this.records.get(n);
  }

  set(n: string, { entry, payload, outcome }: CachedRecord): void {
    const known = this.records.get(n);
    const keptPayload = payload === undefined ? known?.payload : shortPacket(payload);
    const keptOutcome = outcome === undefined ? known?.outcome : shortOutcome(outcome);
    // Set anew, so that the order of the map is that of the last use.
    this.records.delete(n);
    this.records.set(n, {
      entry,
      ...(keptPayload === undefined ? {} : { payload: keptPayload }),
      ...(keptOutcome === undefined ? {} : { outcome: keptOutcome }),
    });
    if (this.records.size <= MOST) return;
    const [oldest] = this.records.keys();
    if (oldest !== undefined) this.records.delete(oldest);
  }

  clear(): void {
    this.records.clear();
  }
}

function shortPacket(packet: Packet): Packet | undefined {
  return (packet.data?.length ?? 0) <= LONGEST_BODY ? packet : undefined;
}

function shortOutcome(outcome: Outcome): Outcome | undefined {
  if (outcome.ok) return shortPacket(outcome.output) && outcome;
  return outcome.error.message.length + (outcome.error.stack?.length ?? 0) <= LONGEST_BODY ? outcome : undefined;
}
