import type { NewBatchItem, NewRunWait, Outcome, RunOptions, Seen } from "../../sdk/lib/journal.ts";
import type { NewNotes } from "../../sdk/lib/notes.ts";
import type { KeptAlong } from "../../sdk/lib/pass-door.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { joinPath, keySegment } from "../core/address.ts";
import type { Run } from "../core/run.ts";
import type { FarGroups } from "./far-groups.ts";
import { fillBatch } from "./fill-batch.ts";
import { describeSent, itemWithDefaults, makeWait, openRunBatch } from "./report-passes.ts";
import { takeNotes } from "./take-notes.ts";
import type { Turn } from "./turn.ts";

/** Something that a pass wants remembered before it goes on. */
export type NewRecord = NewDeed | NewItems | NewChild | NoteRecord;

/** What a pass has done. `order` counts the deeds of a pass, in the order in which it learns that they are kept. */
export type NewDeed = { readonly key: string; readonly digest: string; readonly order: number } & (
  | ({ readonly kind: "step"; readonly outcome: Outcome } & KeptAlong)
  /** A run to be started in another group; its start is this group's business from here on. */
  | {
      readonly kind: "trigger";
      readonly task: string;
      readonly payload: Packet;
      readonly options: RunOptions;
      readonly target: string;
      readonly id: string;
      /**
       * With an idempotency key the pass asks for the run itself, since it has to know which one holds the key, and so it
       * does with a replay, which is too large for a record: then once more with `sealed`. `madeIn` is the attempt that began it.
       */
      readonly sealed: boolean;
      readonly isCached?: boolean;
      readonly madeIn: number;
    }
  /**
   * A batch in another group, which the pass fills and seals; then once more with `sealed`. `madeIn` is the attempt
   * that began it: a later one goes on filling the same batch.
   */
  | {
      readonly kind: "batchTrigger";
      readonly detached?: true;
      readonly target: string;
      readonly id: string;
      readonly madeIn: number;
      readonly sealed: boolean;
    }
);

/** Items of a batch that the pass will wait for, sent ahead of its report. */
export interface NewItems {
  readonly kind: "items";
  readonly key: string;
  readonly digest: string;
  readonly runCount: number;
  readonly items: readonly NewBatchItem[];
}

/** A child that the pass will wait for, made ahead of its report. */
export interface NewChild {
  readonly kind: "child";
  readonly wait: NewRunWait;
}

/** What the pass has noted about its run. */
export interface NoteRecord {
  readonly kind: "notes";
  readonly notes: NewNotes;
}

/** Keeps what a pass has done so far. False, and nothing kept, when the run is no longer this pass's. */
export function recordEntries(
  turn: Turn,
  n: string,
  epoch: number,
  records: readonly NewRecord[],
  far: FarGroups,
): boolean {
  const run = turn.run(n);
  if (run?.state.at !== "executing" || run.epoch !== epoch) return false;
  for (const record of records) keep(turn, run, record, far);
  return true;
}

function keep(turn: Turn, run: Run, record: NewRecord, far: FarGroups): void {
  switch (record.kind) {
    case "step":
      return keepStep(turn, run, record);
    case "trigger":
      return keepTrigger(turn, run, record);
    case "batchTrigger":
      return keepBatchTrigger(turn, run, record);
    case "notes":
      return takeNotes(turn, run, record.notes, false);
    case "child":
      return makeWait(turn, run, record.wait, far);
    case "items": {
      const batch = openRunBatch(turn, run, record.key, record.digest, record.runCount);
      fillBatch(turn, batch, record.items.map(itemWithDefaults), "batchTriggerAndWait", far);
      return;
    }
  }
}

function keepStep(turn: Turn, run: Run, record: NewDeed & { kind: "step" }): void {
  const { key, digest, outcome, order, tookMs, notes } = record;
  const n = joinPath(run.n, keySegment(key, run.attempt));
  if (turn.get(n) !== undefined) return;
  const { epoch, attempt: madeIn } = run;
  const took = tookMs === undefined ? {} : { tookMs };
  takeNotes(turn, run, notes, false);
  turn.keepStep({ n, key, digest, madeIn, ok: outcome.ok, finishedAt: turn.now, ...took, epoch, order }, outcome);
}

function keepTrigger(turn: Turn, run: Run, record: NewDeed & { kind: "trigger" }): void {
  const { key, digest, order, madeIn, task, payload, options, target, id, sealed, isCached } = record;
  const n = joinPath(run.n, keySegment(key, madeIn));
  const known = turn.sent(n);
  const came = { id, sealed, seen: seenDuring(run, order), ...(isCached === true ? { isCached } : {}) };
  if (known !== undefined) {
    if (sealed && !known.sealed) turn.put({ kind: "sent", record: { ...known, ...came } });
    return;
  }
  const { due, ...described } = describeSent(turn, run, key, digest);
  const what = { what: "run" as const, awaited: false, task, options, target };
  // Of what is not sealed the pass itself takes care. A cancellation of the run finds it by this record.
  const debt = sealed ? { due } : { state: "done" as const };
  turn.add({ kind: "sent", record: { ...described, ...what, ...came, ...debt } }, payload);
  if (sealed) turn.owing.add(n);
}

function keepBatchTrigger(turn: Turn, run: Run, record: NewDeed & { kind: "batchTrigger" }): void {
  const { key, digest, order, madeIn, sealed, target, id } = record;
  const known = turn.sent(joinPath(run.n, keySegment(key, madeIn)));
  if (known !== undefined) {
    if (sealed && !known.sealed) turn.put({ kind: "sent", record: { ...known, sealed, seen: seenDuring(run, order) } });
    return;
  }
  // Nothing is owed: the pass itself fills the batch. A cancellation of the run finds it by this record.
  const { due: _, ...described } = describeSent(turn, run, key, digest);
  const options = record.detached === true ? { ...NO_OPTIONS, detached: record.detached } : NO_OPTIONS;
  const what = { what: "batch" as const, awaited: false, sealed, task: "", options, target, id };
  turn.add({ kind: "sent", record: { ...described, ...what, state: "done" } }, NO_PAYLOAD);
}

function seenDuring(run: Run, order: number): Seen {
  return { epoch: run.epoch, phase: "during", at: order };
}

const NO_OPTIONS: RunOptions = { tags: [], maxAttempts: 1 };
const NO_PAYLOAD: Packet = { type: "application/json" };
