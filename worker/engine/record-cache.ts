import type { Outcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { Entry } from "../core/entry.ts";
import type { Run } from "../core/run.ts";

/** Characters of all that is remembered, at most: an isolate of 128 MB may hold many groups. */
const MOST_CHARACTERS = 8_000_000;
/** Longer bodies are read from their rows each time. In characters. */
const LONGEST_BODY = 4_000;
/** No body that is remembered takes more in its row. */
export const LONGEST_BODY_BYTES = 3 * LONGEST_BODY;
/** What a record takes without its bodies, roughly. */
const RECORD_CHARACTERS = 300;

/** What is known of a row without reading it. Bodies only if they are short. */
export interface CachedRecord {
  readonly entry: Entry;
  readonly payload?: Packet;
  readonly outcome?: Outcome;
}

interface Kept extends CachedRecord {
  readonly size: number;
}

/**
 * Records that a group has read or written, the oldest given up first. The group's object alone writes its database, so what is here is
 * what is there; after a turn that failed it is forgotten. Bounded, since a group may hold more than fits in memory.
 */
export class RecordCache {
  private readonly records = new Map<string, Kept>();
  private characters = 0;

  get(n: string): CachedRecord | undefined {
    return this.records.get(n);
  }

  set(n: string, { entry, payload, outcome }: CachedRecord): void {
    const known = this.records.get(n);
    const keptPayload = payload === undefined ? known?.payload : shortPacket(payload);
    const keptOutcome = outcome === undefined ? known?.outcome : shortOutcome(outcome);
    const size =
      RECORD_CHARACTERS +
      extraLength(entry) +
      (keptPayload?.data?.length ?? 0) +
      (keptOutcome ? outcomeLength(keptOutcome) : 0);
    this.records.set(n, {
      entry,
      size,
      ...(keptPayload === undefined ? {} : { payload: keptPayload }),
      ...(keptOutcome === undefined ? {} : { outcome: keptOutcome }),
    });
    this.characters += size - (known?.size ?? 0);
    for (const [oldest, kept] of this.records) {
      if (this.characters <= MOST_CHARACTERS) return;
      this.records.delete(oldest);
      this.characters -= kept.size;
    }
  }

  /** How much is remembered, in characters. */
  get size(): number {
    return this.characters;
  }

  clear(): void {
    this.records.clear();
    this.characters = 0;
  }
}

/** What a record holds beyond its usual fields. */
function extraLength(entry: Entry): number {
  if (entry.kind === "letter") return entry.record.size;
  if (entry.kind === "delivery") return JSON.stringify(entry.record).length;
  if (entry.kind === "run") return runLength(entry.record);
  return entry.kind === "sent" ? (entry.record.options.metadata?.length ?? 0) : 0;
}

function runLength({ tags, pastAttempts = [] }: Run): number {
  const errors = pastAttempts.map(({ error }) => error.name.length + error.message.length);
  return [...tags.map((tag) => tag.length), ...errors].reduce((sum, length) => sum + length, 0);
}

function shortPacket(packet: Packet): Packet | undefined {
  return (packet.data?.length ?? 0) <= LONGEST_BODY ? packet : undefined;
}

function shortOutcome(outcome: Outcome): Outcome | undefined {
  return outcomeLength(outcome) <= LONGEST_BODY ? outcome : undefined;
}

function outcomeLength(outcome: Outcome): number {
  if (outcome.ok) return outcome.output.data?.length ?? 0;
  return outcome.error.message.length + (outcome.error.stack?.length ?? 0);
}
