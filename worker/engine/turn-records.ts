import type { Outcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { Batch } from "../core/batch.ts";
import { dueOf, isOpen, type Entry, type Sent, type Token } from "../core/entry.ts";
import { HELD, type Run } from "../core/run.ts";
import type { WebhookDelivery } from "../core/webhook-delivery.ts";
import type { GroupStore } from "../storage/group-store.ts";
import { LONGEST_BODY_BYTES, type RecordCache } from "./record-cache.ts";

/** A record as this turn has it. */
export interface Slot {
  entry: Entry;
  readonly wasOpen: boolean;
  readonly isNew: boolean;
  isChanged: boolean;
  payload?: Packet;
  outcome?: Outcome;
}

/** The records that a turn has read or changed: read once, from the cache or the table, and written once. */
export class TurnRecords {
  /** When what was written is due; undefined: it is not due any more, or held. */
  readonly due = new Map<string, number | undefined>();
  /** By how many the number of open entries has changed. */
  openDelta = 0;
  /** The earliest due time that was written. */
  earliestDue = Number.POSITIVE_INFINITY;
  /** Whether anything was written that memory remembers. */
  hasWritten = false;
  readonly store: GroupStore;
  private readonly cache: RecordCache;
  private readonly slots = new Map<string, Slot>();

  constructor(store: GroupStore, cache: RecordCache) {
    this.store = store;
    this.cache = cache;
  }

  protected slot(n: string): Slot | undefined {
    const held = this.slots.get(n);
    if (held !== undefined) return held;
    // Nothing is at the root itself.
    if (n === "") return undefined;
    const known = this.cache.get(n);
    const entry = known?.entry ?? this.store.get(n);
    if (entry === undefined) return undefined;
    if (known === undefined) this.cache.set(n, { entry });
    const slot: Slot = { entry, wasOpen: isOpen(entry), isNew: false, isChanged: false };
    this.slots.set(n, slot);
    return slot;
  }

  get(n: string): Entry | undefined {
    return this.slot(n)?.entry;
  }

  run(n: string): Run | undefined {
    const entry = this.get(n);
    return entry?.kind === "run" ? entry.record : undefined;
  }

  batch(n: string): Batch | undefined {
    const entry = this.get(n);
    return entry?.kind === "batch" ? entry.record : undefined;
  }

  token(n: string): Token | undefined {
    const entry = this.get(n);
    return entry?.kind === "token" ? entry.record : undefined;
  }

  delivery(n: string): WebhookDelivery | undefined {
    const entry = this.get(n);
    return entry?.kind === "delivery" ? entry.record : undefined;
  }

  sent(n: string): Sent | undefined {
    const entry = this.get(n);
    return entry?.kind === "sent" ? entry.record : undefined;
  }

  /** A record that is not there yet, or, with an outcome, one that replaces what is there. */
  protected insert(entry: Entry, bodies: { readonly payload?: Packet; readonly outcome?: Outcome }): void {
    this.slots.set(entry.record.n, { entry, wasOpen: false, isNew: true, isChanged: true, ...bodies });
  }

  /** The paths of records that are to be written for the first time. */
  added(): string[] {
    return [...this.slots].flatMap(([n, { isNew }]) => (isNew ? [n] : []));
  }

  /** Reads a row with its bodies at once, as far as these are short and not known: for whoever is about to ask for all of them. */
  warm(n: string): void {
    const found = this.hasShortBodies(n) ? undefined : this.store.getWithBodies(n, LONGEST_BODY_BYTES);
    if (found !== undefined) this.cache.set(n, found);
  }

  /** Whether the payload, and the outcome of what has ended, are known to be short. */
  hasShortBodies(n: string): boolean {
    const known = this.cache.get(n);
    if (known?.payload === undefined) return false;
    return known.outcome !== undefined || isOpen(known.entry);
  }

  /** The payload of a row that has been written. */
  payload(n: string): Packet {
    return this.cache.get(n)?.payload ?? this.store.payload(n);
  }

  /** The outcome of a row that has been written; undefined before it has one. */
  outcome(n: string): Outcome | undefined {
    return this.cache.get(n)?.outcome ?? this.store.outcome(n);
  }

  /** Writes what has changed and forgets it, so that a turn over many records stays small in memory. */
  write(): void {
    for (const [n, slot] of this.slots) {
      if (slot.isChanged) this.writeSlot(slot);
      this.slots.delete(n);
    }
  }

  private writeSlot(slot: Slot): void {
    const { entry, payload, outcome } = slot;
    this.hasWritten = true;
    this.openDelta += (isOpen(entry) ? 1 : 0) - (slot.wasOpen ? 1 : 0);
    const due = dueOf(entry) ?? HELD;
    this.due.set(entry.record.n, due < HELD ? due : undefined);
    if (due < HELD) this.earliestDue = Math.min(this.earliestDue, due);
    if (slot.isNew && outcome !== undefined) this.store.insertWithOutcome(entry, payload, outcome);
    else if (slot.isNew) this.store.insert(entry, payload ?? { type: "application/json" });
    else if (outcome !== undefined) this.store.updateWithOutcome(entry, outcome);
    else {
      this.store.update(entry);
      if (payload !== undefined) this.store.replacePayload(entry.record.n, payload);
    }
    this.cache.set(entry.record.n, {
      entry,
      ...(payload === undefined ? {} : { payload }),
      ...(outcome === undefined ? {} : { outcome }),
    });
  }
}
