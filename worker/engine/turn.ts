import type { Outcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { joinPath, waiterSegment } from "../core/address.ts";
import { transitionBatch, type BatchEvent } from "../core/batch.ts";
import type { Entry, Step, Timer, Token } from "../core/entry.ts";
import { formatId } from "../core/ids.ts";
import { owedDelay } from "../core/retry.ts";
import { HELD, isFinal, type Run, type RunEvent, type Waiter } from "../core/run.ts";
import { transition } from "../core/run-machine.ts";
import type { GroupScans } from "../storage/group-scans.ts";
import type { GroupStore } from "../storage/group-store.ts";
import type { RecordCache } from "./record-cache.ts";
import { startItems } from "./start-items.ts";
import { TurnMetadata } from "./turn-metadata.ts";
import { TurnRecords } from "./turn-records.ts";

/** A run that has become ready: what its dispatch says. */
export interface Ready {
  readonly n: string;
  readonly epoch: number;
  readonly alone: boolean;
}

/**
 * One turn of a group: records are read once, changed in memory by the machines, and written once by `commit`, all
 * within one synchronous block, which the storage commits as one. Settlements within the group are looped back here, so
 * a child's end, its batch's count and its parent's resumption are one transaction.
 */
export class Turn extends TurnRecords {
  readonly scans: GroupScans;
  readonly metadata: TurnMetadata;
  /** The time of this turn, ms. No two turns of a group have the same. */
  readonly now: number;
  /** Runs that have become ready and are owed a dispatch or a claim. */
  ready: Ready[] = [];
  /** Runs, tokens and deliveries whose index row has changed, and whether they are final. */
  readonly changed = new Map<string, boolean>();
  /** Runs and batches that have become final. */
  readonly ended = new Set<string>();
  /** Entries that owe a message to another group, due at once. */
  readonly owing = new Set<string>();
  /** Runs whose queues are owed their wish, due at once. */
  readonly wishing = new Set<string>();
  readonly groupShort: string;

  constructor(store: GroupStore, scans: GroupScans, cache: RecordCache, groupShort: string, now: number) {
    super(store, cache);
    this.scans = scans;
    this.metadata = new TurnMetadata(store);
    this.groupShort = groupShort;
    this.now = now;
  }

  runId(n: string): string {
    return formatId("run", this.groupShort, n);
  }

  batchId(n: string): string {
    return formatId("batch", this.groupShort, n);
  }

  /** Adds a record; its path must be free. A run that is ready is owed a dispatch, unless its batch holds it. */
  add(entry: Entry, payload: Packet): void {
    this.insert(entry, { payload });
    if (entry.kind === "token" || entry.kind === "delivery")
      this.changed.set(entry.record.n, entry.kind === "delivery");
    if (entry.kind !== "run") return;
    this.changed.set(entry.record.n, false);
    const { state, n, epoch } = entry.record;
    if (state.at === "pending") this.wishing.add(n);
    if (state.at === "queued" && state.due < HELD) this.ready.push({ n, epoch, alone: state.alone });
  }

  /** Adds a run that is final from the start. */
  addEnded(run: Run, payload: Packet, outcome: Outcome): void {
    this.insert({ kind: "run", record: run }, { payload, outcome });
    this.changed.set(run.n, true);
    this.ended.add(run.n);
  }

  /** Keeps a step with its outcome, in place of one of an earlier attempt. */
  keepStep(step: Step, outcome: Outcome): void {
    this.insert({ kind: "step", record: step }, { outcome });
  }

  /** Adds a timer of the run at `parent`, which it ends with. */
  addTimer(timer: Timer, parent: string): void {
    this.add({ kind: "timer", record: timer }, { type: "application/json" });
    const run = this.run(parent);
    if (run !== undefined && run.hasTimers !== true) this.replaceRun({ ...run, hasTimers: true });
  }

  /** Changes what its machine does not look at. */
  replaceRun(run: Run): void {
    const slot = this.slot(run.n);
    if (slot?.entry.kind !== "run") return;
    slot.entry = { kind: "run", record: run };
    slot.isChanged = true;
  }

  replacePayload(n: string, payload: Packet): void {
    const slot = this.slot(n);
    if (slot === undefined) return;
    slot.payload = payload;
    slot.isChanged = true;
  }

  /** The entry `path` of another group waits for the run, or token, at `n`: it is told when that has ended. */
  addWaiting(n: string, group: string, path: string): void {
    const run = this.run(n);
    const row = joinPath(n, waiterSegment(group, path));
    if (this.get(row) !== undefined) return;
    const hasEnded = run === undefined ? this.token(n)?.completedAt !== undefined : isFinal(run);
    const due = hasEnded ? { due: this.now + owedDelay(0) } : {};
    this.add({ kind: "waiting", record: { n: row, group, path, tries: 0, ...due } }, { type: "application/json" });
    if (hasEnded) this.owing.add(row);
    else if (run !== undefined && run.hasWaiters !== true) this.replaceRun({ ...run, hasWaiters: true });
  }

  /** Replaces a record that has no machine of its own. */
  put(entry: Entry & { kind: "sent" | "timer" | "waiting" | "token" | "letter" }, outcome?: Outcome): void {
    const slot = this.slot(entry.record.n);
    if (slot === undefined) return;
    slot.entry = entry;
    slot.isChanged = true;
    if (outcome !== undefined) slot.outcome = outcome;
  }

  /** A token is completed, or has timed out. */
  complete(token: Token, outcome: Outcome): void {
    this.put({ kind: "token", record: token }, outcome);
    this.changed.set(token.n, true);
    this.tellWaiting(token.n);
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
    const hasEnded = isFinal(after) && !isFinal(before);
    if (hasEnded) this.ended.add(n);
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
        case "wish":
          this.wishing.add(n);
          break;
      }
    }
    if (hasEnded && after.hasTimers === true) this.closeTimers(n);
    if (hasEnded && after.hasWaiters === true) this.tellWaiting(n);
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
          startItems(this, n);
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
      for (const { kind, record } of page) {
        if (kind === "run") this.apply(record.n, { type: "canceled" });
        else if (kind === "batch") this.applyToBatch(record.n, { type: "canceled" });
        else if (kind === "sent") this.cancelSent(record.n);
        else if (kind === "timer") this.closeTimer(record);
      }
      const last = page.at(-1)?.record.n;
      if (page.length < 500 || last === undefined) return;
      const dot = last.lastIndexOf(".");
      after = { parent: last.slice(0, dot), seg: last.slice(dot + 1) };
      this.write();
    }
  }

  /** Writes what has changed and forgets it, so that a turn over many records stays small in memory. */
  override write(): void {
    super.write();
    this.metadata.write();
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
    else if (slot?.entry.kind === "batch") slot.entry = { kind: "batch", record: { ...slot.entry.record, seenIn } };
    else return;
    slot.isChanged = true;
  }

  private tellWaiting(run: string): void {
    this.write();
    for (const waiting of this.scans.waiting(run)) {
      this.put({ kind: "waiting", record: { ...waiting, due: this.now + owedDelay(0) } });
      this.owing.add(waiting.n);
    }
  }

  /** What a run waited for when it ended does not ring any more. */
  private closeTimers(run: string): void {
    this.write();
    for (const timer of this.scans.openTimers(run)) this.closeTimer(timer);
  }

  private closeTimer(timer: Timer): void {
    this.put({ kind: "timer", record: { ...timer, closed: true } });
  }

  private cancelSent(n: string): void {
    const record = this.sent(n);
    if (record === undefined) return;
    if (record.state === "cancel-owed" || record.state === "canceled") return;
    // What is still being made goes with its run; what has been is on its own.
    if (record.options.detached === true && record.sealed) return;
    if (record.state === "held" || record.what === "token") {
      const { due: _, ...rest } = record;
      this.put({ kind: "sent", record: { ...rest, state: "canceled" } });
      return;
    }
    const due = this.now + owedDelay(0);
    const arrived = record.state === "done" && record.sealed ? { arrived: true as const } : {};
    this.put({ kind: "sent", record: { ...record, ...arrived, state: "cancel-owed", tries: 0, due } });
    this.owing.add(n);
  }
}
