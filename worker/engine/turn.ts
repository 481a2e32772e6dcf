import type { Outcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { joinPath } from "../core/address.ts";
import { transitionBatch, type Batch, type BatchEvent } from "../core/batch.ts";
import { dueOf, isOpen, type Entry, type Sent, type Step } from "../core/entry.ts";
import { formatId } from "../core/ids.ts";
import { owedDelay } from "../core/retry.ts";
import type { RecordCache } from "./record-cache.ts";
import { HELD, isFinal, type Run, type RunEvent, type Waiter } from "../core/run.ts";
import { transition } from "../core/run-machine.ts";
import type { GroupScans } from "../storage/group-scans.ts";
import type { GroupStore } from "../storage/group-store.ts";

/** A run that has become ready: what its dispatch says. */
export interface Ready {
  readonly n: string;
  readonly epoch: number;
  readonly alone: boolean;
}

interface Slot {
  entry: Entry;
  readonly wasOpen: boolean;
  isNew: boolean;
  isChanged: boolean;
  payload?: Packet;
  outcome?: Outcome;
}

/**
 * One turn of a group: records are read once, changed in memory by the machines, and written once by `commit`, all
 * within one synchronous block, which the storage commits as one. Settlements within the group are looped back here, so
 * a child's end, its batch's count and its parent's resumption are one transaction.
 */
export class Turn {
  readonly store: GroupStore;
  readonly scans: GroupScans;
  /** The time of this turn, ms. No two turns of a group have the same. */
  readonly now: number;
  /** Runs that have become ready and are owed a dispatch or a claim. */
  ready: Ready[] = [];
  /** Runs whose index row has changed, and whether they are final. */
  readonly changed = new Map<string, boolean>();
  /** Runs and batches that have become final. */
  readonly ended = new Set<string>();
  /** Entries that owe a message to another group, due at once. */
  readonly owing = new Set<string>();
  /** The earliest due time that this turn wrote. */
  earliestDue = Number.POSITIVE_INFINITY;
  /** By how many this turn changed the number of open entries. */
  openDelta = 0;
  private readonly cache: RecordCache;
  private readonly groupShort: string;
  private readonly slots = new Map<string, Slot>();

  constructor(store: GroupStore, scans: GroupScans, cache: RecordCache, groupShort: string, now: number) {
    this.store = store;
    this.scans = scans;
    this.cache = cache;
    this.groupShort = groupShort;
    this.now = now;
  }

  runId(n: string): string {
    return formatId("run", this.groupShort, n);
  }

  batchId(n: string): string {
    return formatId("batch", this.groupShort, n);
  }

  /** The run of a public id, if it is in this group. */
  runByLocalId(id: string): Run | undefined {
    const prefix = this.runId("");
    return id.startsWith(prefix) ? this.run(id.slice(prefix.length)) : undefined;
  }

  get(n: string): Entry | undefined {
    return this.slot(n)?.entry;
  }

  run(n: string): Run | undefined {
    const entry = this.get(n);
    return entry?.kind === "run" ? entry.record : undefined;
  }

  /** The payload of a row that has been written. */
  payload(n: string): Packet {
    return this.cache.get(n)?.payload ?? this.store.payload(n);
  }

  /** The outcome of a row that has been written; undefined before it has one. */
  outcome(n: string): Outcome | undefined {
    return this.cache.get(n)?.outcome ?? this.store.outcome(n);
  }

  batch(n: string): Batch | undefined {
    const entry = this.get(n);
    return entry?.kind === "batch" ? entry.record : undefined;
  }

  sent(n: string): Sent | undefined {
    const entry = this.get(n);
    return entry?.kind === "sent" ? entry.record : undefined;
  }

  /** Adds a record; its path must be free. A run that is ready is owed a dispatch, unless its batch holds it. */
  add(entry: Entry, payload: Packet): void {
    this.slots.set(entry.record.n, { entry, wasOpen: false, isNew: true, isChanged: true, payload });
    if (entry.kind !== "run") return;
    this.changed.set(entry.record.n, false);
    const { state, n, epoch } = entry.record;
    if (state.at === "queued" && state.due !== HELD) this.ready.push({ n, epoch, alone: state.alone });
  }

  /** Adds a run that is final from the start. */
  addEnded(run: Run, payload: Packet, outcome: Outcome): void {
    this.slots.set(run.n, {
      entry: { kind: "run", record: run },
      wasOpen: false,
      isNew: true,
      isChanged: true,
      payload,
      outcome,
    });
    this.changed.set(run.n, true);
    this.ended.add(run.n);
  }

  /** Keeps a step with its outcome, in place of one of an earlier attempt. */
  keepStep(step: Step, outcome: Outcome): void {
    const entry: Entry = { kind: "step", record: step };
    this.slots.set(step.n, { entry, wasOpen: false, isNew: true, isChanged: true, outcome });
  }

  /** Replaces a record that has no machine of its own. */
  put(record: Sent, outcome?: Outcome): void {
    const slot = this.slot(record.n);
    if (slot === undefined) return;
    slot.entry = { kind: "sent", record };
    slot.isChanged = true;
    if (outcome !== undefined) slot.outcome = outcome;
  }

  /** Gives the event to the run; false when the machine ignored it. */
  apply(n: string, event: RunEvent): boolean {
    const slot = this.slot(n);
    if (slot?.entry.kind !== "run") return false;
    const before = slot.entry.record;
    const result = transition(before, event, this.now);
    if ("ignored" in result) return false;
    const after = result.run;
    slot.entry = { kind: "run", record: after };
    slot.isChanged = true;
    if (after.updatedAt !== before.updatedAt) this.changed.set(n, isFinal(after));
    if (isFinal(after) && !isFinal(before)) this.ended.add(n);
    for (const effect of result.effects) {
      switch (effect.type) {
        case "dispatch":
          this.ready.push({ n, epoch: effect.epoch, alone: effect.alone });
          break;
        case "keep":
          slot.outcome = effect.outcome;
          break;
        case "settle":
          this.settle(n, effect.waiter);
          break;
      }
    }
    return true;
  }

  applyToBatch(n: string, event: BatchEvent): boolean {
    const slot = this.slot(n);
    if (slot?.entry.kind !== "batch") return false;
    const before = slot.entry.record;
    const result = transitionBatch(before, event, this.now);
    if ("ignored" in result) return false;
    slot.entry = { kind: "batch", record: result.batch };
    slot.isChanged = true;
    if (result.batch.state.at === "final" && before.state.at !== "final") this.ended.add(n);
    for (const effect of result.effects) {
      switch (effect.type) {
        case "start-items":
          this.startItems(n);
          break;
        case "cancel-items":
          this.cancelBelow(n);
          break;
        case "settle":
          this.settle(n, effect.waiter);
          break;
      }
    }
    return true;
  }

  /** Cancels everything below a path that is not final, and owes a cancellation to what was triggered elsewhere. */
  cancelBelow(n: string): void {
    this.write();
    let after: { parent: string; seg: string } | undefined;
    for (;;) {
      const page = this.scans.openBelow(n, after, 500);
      for (const entry of page) {
        switch (entry.kind) {
          case "run":
            this.apply(entry.record.n, { type: "canceled" });
            break;
          case "batch":
            this.applyToBatch(entry.record.n, { type: "canceled" });
            break;
          case "sent":
            this.cancelSent(entry.record.n);
            break;
          case "step":
            break;
        }
      }
      const last = page.at(-1)?.record.n;
      if (page.length < 500 || last === undefined) return;
      const dot = last.lastIndexOf(".");
      after = { parent: last.slice(0, dot), seg: last.slice(dot + 1) };
      this.write();
    }
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
    this.openDelta += (isOpen(entry) ? 1 : 0) - (slot.wasOpen ? 1 : 0);
    const due = dueOf(entry);
    if (due !== undefined) this.earliestDue = Math.min(this.earliestDue, due);
    if (slot.isNew && outcome !== undefined) this.store.insertWithOutcome(entry, payload, outcome);
    else if (slot.isNew) this.store.insert(entry, payload ?? { type: "application/json" });
    else if (outcome !== undefined) this.store.updateWithOutcome(entry, outcome);
    else this.store.update(entry);
    this.cache.set(entry.record.n, {
      entry,
      ...(payload === undefined ? {} : { payload }),
      ...(outcome === undefined ? {} : { outcome }),
    });
  }

  private slot(n: string): Slot | undefined {
    const cached = this.slots.get(n);
    if (cached !== undefined) return cached;
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

  private settle(n: string, waiter: Waiter): void {
    if (waiter.group !== undefined) {
      this.owing.add(n);
      return;
    }
    const waiting = this.get(waiter.n);
    if (waiting?.kind === "batch") this.applyToBatch(waiter.n, { type: "finished", items: 1 });
    if (waiting?.kind !== "run") return;
    this.markSeen(n, waiting.record.epoch + 1);
    this.apply(waiter.n, { type: "settled" });
  }

  /** The pass that executes now has been given its journal: the next one is the first to see this. */
  private markSeen(n: string, seenIn: number): void {
    const slot = this.slot(n);
    if (slot?.entry.kind === "run") slot.entry = { kind: "run", record: { ...slot.entry.record, seenIn } };
    if (slot?.entry.kind === "batch") slot.entry = { kind: "batch", record: { ...slot.entry.record, seenIn } };
  }

  private startItems(batch: string): void {
    this.write();
    for (const seg of this.scans.heldItems(batch)) {
      this.ready.push({ n: joinPath(batch, seg), epoch: 0, alone: false });
    }
  }

  private cancelSent(n: string): void {
    const record = this.sent(n);
    if (record === undefined) return;
    if (record.state === "cancel-owed" || record.state === "canceled") return;
    this.put({ ...record, state: "cancel-owed", tries: 0, due: this.now + owedDelay(0) });
    this.owing.add(n);
  }
}
