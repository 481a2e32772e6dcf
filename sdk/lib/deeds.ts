import { digestOf } from "./digest.ts";
import type { ReplayCall } from "./door.ts";
import { describeError, reviveError, RunletApiError } from "./errors.ts";
import type { ErrorInfo, JournalEntry, NewBatchItem, Outcome, StoredOptions } from "./journal.ts";
import type { NoteBook } from "./note-book.ts";
import { decodePacket, type Packet } from "./packet.ts";
import type { Started, StepOptions } from "./pass-context.ts";
import type { Detachable, PassDoor } from "./pass-door.ts";
import type { Remembered } from "./remembered.ts";
import { resolveItems } from "./resolve-items.ts";

/**
 * Something that a run does once: what the journal has of it, or the work that does it and has it kept. The work gives
 * false when the run is no longer this pass's; then nothing was kept.
 */
export type Deed<T> =
  | { readonly known: JournalEntry; readonly value: T }
  | { readonly work: () => Promise<{ readonly order: number; readonly value: T } | false> };

/** What came of a replay: the new run, or why there is none. */
type Replayed = { readonly id: string } | { readonly refusal: ErrorInfo };

/** The new run. Throws the refusal. */
export function replayed(outcome: Replayed): { id: string } {
  if ("refusal" in outcome) throw reviveError(outcome.refusal);
  return outcome;
}

/** Steps and triggers under the keys that their callers choose. The methods throw what `Remembered.find` throws. */
export class Deeds {
  private readonly door: PassDoor;
  private readonly remembered: Remembered;
  private readonly notes: NoteBook;

  constructor(door: PassDoor, remembered: Remembered, notes: NoteBook) {
    this.door = door;
    this.remembered = remembered;
    this.notes = notes;
  }

  /** `run` is given the key, or another one where what the journal has is not to be found again. */
  step(key: string, name: string, run: (madeAs: string) => Promise<Outcome>, how: StepOptions = {}): Deed<Outcome> {
    const known = this.remembered.find(key, name);
    const isSpent = how.makesWait === true && known?.kind === "step" && this.isSpent(known.settled);
    if (known?.kind === "step" && !isSpent) return { known, value: known.settled };
    const madeAs = isSpent ? `${key} after ${known.attempt}` : key;
    const work = async () => {
      const startedAt = Date.now();
      const value = await run(madeAs);
      const notes = this.notes.take(key);
      const kept = await this.door.keepStep(key, name, value, { tookMs: Date.now() - startedAt, notes });
      if (kept !== false && notes !== undefined) this.notes.keptWith(notes);
      return kept && { order: kept.order, value };
    };
    return { work };
  }

  private isSpent(made: Outcome): boolean {
    return made.ok && this.remembered.hasFailed((decodePacket(made.output) as { readonly id: string }).id);
  }

  /** Throws a `RunletApiError` 404 for a task that is not there. */
  trigger(key: string, task: string, payload: Packet, given: StoredOptions): Deed<Started> {
    const digest = digestOf([{ task, payload, options: given }]);
    const known = this.remembered.find(key, digest);
    if (known?.kind === "trigger" && known.sealed) {
      return { known, value: { id: known.id, isCached: known.isCached === true } };
    }
    const options = this.door.resolve(task, given);
    const work = async () => {
      const kept = await this.door.startElsewhere(key, digest, { task, payload, options }, known?.attempt);
      return kept && { order: kept.order, value: { id: kept.id, isCached: kept.isCached } };
    };
    return { work };
  }

  /**
   * A refusal is remembered like the failure of a step: the run that is asked for, or what its journal has, may be there
   * in one pass and not in the next.
   */
  replay(key: string, call: ReplayCall): Deed<Replayed> {
    const digest = digestOf([
      { task: JSON.stringify([call.id, call.from]), payload: call.payload ?? NO_PAYLOAD, options: {} },
    ]);
    const known = this.remembered.find(key, digest);
    if (known?.kind === "trigger" && known.sealed) return { known, value: { id: known.id } };
    if (known?.kind === "step" && !known.settled.ok) return { known, value: { refusal: known.settled.error } };
    const work = async () => {
      try {
        const kept = await this.door.replayElsewhere(key, digest, call, known?.attempt);
        return kept && { order: kept.order, value: { id: kept.id } };
      } catch (error) {
        if (!(error instanceof RunletApiError) || error.status >= 500) throw error;
        const refusal = describeError(error);
        const kept = await this.door.keepStep(key, digest, { ok: false, error: refusal });
        return kept && { order: kept.order, value: { refusal } };
      }
    };
    return { work };
  }

  triggerBatch(
    key: string,
    items: readonly Omit<NewBatchItem, "index">[],
    how: Detachable,
  ): Deed<{ id: string; runCount: number }> {
    const digest = digestOf(items);
    const known = this.remembered.find(key, digest);
    const runCount = items.length;
    if (known?.kind === "batchTrigger" && known.sealed) return { known, value: { id: known.id, runCount } };
    const resolved = resolveItems(items, (task, options) => this.door.resolve(task, options));
    const work = async () => {
      const kept = await this.door.startBatchElsewhere(key, digest, resolved, how, known?.attempt);
      return kept && { order: kept.order, value: { id: kept.id, runCount } };
    };
    return { work };
  }
}

const NO_PAYLOAD: Packet = { type: "application/json" };
