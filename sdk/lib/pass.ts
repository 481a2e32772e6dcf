import { CallKeys } from "./call-keys.ts";
import { Deeds, replayed, type Deed } from "./deeds.ts";
import type { ReplayCall } from "./door.ts";
import { asError, describeError, NonDeterministicError } from "./errors.ts";
import { HandOut } from "./hand-out.ts";
import { LogBook } from "./log-book.ts";
import type { Claim, JournalEntry, NewWait, Outcome, PassEnd, RunOutcome, Seen, StoredOptions } from "./journal.ts";
import type { Packet } from "./packet.ts";
import {
  runInside,
  type PassContext,
  type Started,
  type StepOptions,
  type TaskContext,
  type UnplacedItem,
} from "./pass-context.ts";
import type { Detachable, PassDoor, StartedBatch } from "./pass-door.ts";
import { never } from "./never.ts";
import { NoteBook } from "./note-book.ts";
import type { Notes } from "./notes.ts";
import { quiet } from "./quiet.ts";
import { Remembered } from "./remembered.ts";
import { contextOf } from "./task-context.ts";
import { outcomeOf } from "./step-outcome.ts";
import type { Stand } from "./stand.ts";
import { Stands } from "./stands.ts";
import { StepScope } from "./step-scope.ts";
import { Waits, type TimeRule, type Wait } from "./waits.ts";
import { whenAsked } from "./when-asked.ts";

/**
 * One pass of a run over its journal. Invariants:
 *
 * 1. Keys are given in the order of the calls, at the call, never later: a replay gives the same ones.
 * 2. A promise of the platform settles only with what the journal or the group has kept; else it stays pending.
 * 3. Results are handed out one at a time, in the order in which the run first saw them, each when the code has come to
 *    rest after the one before: the calls of a replay follow in the same order.
 * 4. The pass ends once: when the function has returned or thrown and no step is in flight, or when something waits
 *    and nothing else is in flight. What the function does after the end reaches nobody.
 * 5. Hooks may come between the function's return and the end: then nothing is handed out, and only `finish` ends it.
 */
export class Pass implements PassContext {
  readonly ctx: TaskContext;
  readonly signal: AbortSignal;
  readonly logs: LogBook;
  readonly locals = new Map<string, unknown>();
  readonly noteBook: NoteBook;
  readonly notes: Notes;
  readonly deeds: Deeds;
  private readonly claim: Claim;
  private readonly waits: Waits;
  private readonly keys = new CallKeys();
  /** Waits called in this pass that the journal does not know. */
  private readonly newWaits: NewWait[] = [];
  private inFlight = 0;
  private readonly handOut = new HandOut();
  /** What the code stands at. */
  readonly stands = new Stands();
  /** Counts calls, to see whether anything happened meanwhile. */
  private calls = 0;
  private isChecking = false;
  private hasReturned = false;
  private outcome: PassEnd | undefined;
  private isClosed = false;
  private readonly closing = Promise.withResolvers<PassEnd>();
  readonly ended = this.closing.promise;

  constructor(claim: Claim, door: PassDoor, signal: AbortSignal) {
    this.ctx = contextOf(claim);
    this.signal = signal;
    this.claim = claim;
    this.logs = new LogBook(claim.logged, claim.claimedAt);
    const remembered = new Remembered(claim);
    this.waits = new Waits(claim, door, remembered);
    this.noteBook = new NoteBook(claim, door);
    this.notes = this.noteBook.ofTask;
    this.deeds = new Deeds(door, remembered, this.noteBook);
  }

  /** The function has returned or thrown, and hooks follow. False when the end of the pass is decided already. */
  closeToCode(): boolean {
    if (this.isClosed || this.outcome !== undefined) return false;
    this.hasReturned = true;
    return true;
  }

  /** The function has returned or thrown. The pass ends when the steps in flight have. */
  finish(end: PassEnd): void {
    this.outcome ??= end;
    this.check();
  }

  refusalOfWait(): undefined {
    return undefined;
  }

  log(line: Parameters<PassContext["log"]>[0], inStep = false): void {
    if (!this.isClosed) this.logs.add(line, inStep);
  }

  waitForRun(task: string, payload: Packet, given: StoredOptions): PromiseLike<RunOutcome> {
    const key = this.nextKey("run", task);
    return this.waitFor(() => this.waits.run(key, task, payload, given));
  }

  waitForBatch(items: readonly UnplacedItem[]): PromiseLike<{ id: string; runs: readonly RunOutcome[] }> {
    const key = this.nextKey("batch", "");
    return this.waitFor(() => this.waits.batch(key, items));
  }

  waitForTime(until: number, rule: TimeRule): PromiseLike<void> {
    const key = this.nextKey("time", "");
    return this.waitFor(() => this.waits.time(key, until, rule));
  }

  waitForToken(id: string): PromiseLike<Outcome> {
    const key = this.nextKey("token", "");
    return this.waitFor(() => this.waits.token(key, id));
  }

  trigger(task: string, payload: Packet, given: StoredOptions): Promise<Started> {
    return this.triggerAs(this.nextKey("trigger", task), task, payload, given);
  }

  triggerBatch(items: readonly UnplacedItem[], how: Detachable): Promise<StartedBatch> {
    return this.triggerBatchAs(this.nextKey("batchTrigger", ""), items, how);
  }

  replay(call: ReplayCall): Promise<{ id: string }> {
    return this.replayAs(this.nextKey("replay", call.id), call);
  }

  async step(name: string, fn: (key: string) => unknown, how?: StepOptions): Promise<Outcome> {
    const key = this.nextKey("step", name);
    const scope = new StepScope(this, key);
    const run = (madeAs: string) => outcomeOf(() => runInside(scope, () => fn(madeAs)));
    return this.perform(key, () => this.deeds.step(key, name, run, how));
  }

  /** As `trigger`, under a key that the caller has chosen. */
  triggerAs(key: string, task: string, payload: Packet, given: StoredOptions): Promise<Started> {
    return this.perform(key, () => this.deeds.trigger(key, task, payload, given));
  }

  triggerBatchAs(key: string, items: readonly UnplacedItem[], how: Detachable): Promise<StartedBatch> {
    return this.perform(key, () => this.deeds.triggerBatch(key, items, how));
  }

  async replayAs(key: string, call: ReplayCall): Promise<{ id: string }> {
    return replayed(await this.perform(key, () => this.deeds.replay(key, call)));
  }

  private async perform<T>(key: string, make: () => Deed<T>): Promise<T> {
    const deed = this.unlessItDiffers(make);
    if (deed === undefined) return never();
    return "known" in deed ? this.give(deed.known, () => deed.value) : this.track(key, deed.work);
  }

  private nextKey(kind: string, name: string): string {
    this.calls += 1;
    return this.keys.next(kind, name);
  }

  /** What `look` finds; a call that asks for something else than before ends the pass, whoever would catch its error. */
  private unlessItDiffers<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof NonDeterministicError)) throw error;
      return this.fail(error);
    }
  }

  /** The attempt cannot go on; after the function's return that is no matter. */
  private fail(error: unknown): undefined {
    if (this.hasReturned) this.check();
    else this.finish({ type: "failed", error: describeError(error), retry: true });
  }

  /** What is asked for from now on reaches nobody. */
  private get isOver(): boolean {
    return this.isClosed || this.hasReturned || this.outcome !== undefined;
  }

  /** It gets in line, or counts as waited for, once somebody asks for its result. */
  private waitFor<T>(look: () => Wait<T>): PromiseLike<T> {
    try {
      const wait = this.unlessItDiffers(look);
      if (wait === undefined) return never();
      if ("over" in wait) return Promise.resolve(wait.over);
      if ("known" in wait) return whenAsked(() => this.give(wait.known, wait.value));
      if (wait.isNew !== undefined && !this.isOver) this.newWaits.push(wait.isNew);
      return this.pending(wait.stand);
    } catch (error) {
      return this.isOver ? never() : Promise.reject(asError(error));
    }
  }

  /** Something that never settles in this pass. */
  private pending(stand: Stand): PromiseLike<never> {
    return whenAsked(() => {
      this.stands.add(stand);
      this.calls += 1;
      this.check();
      return never();
    });
  }

  /** Gives the value when its turn has come in the order of what the run has seen. */
  private give<T>({ key, seen }: JournalEntry, value: () => T): Promise<T> {
    return this.giveAt(key, seen ?? { epoch: 0, phase: "before", at: 0 }, value);
  }

  private giveAt<T>(key: string, seen: Seen, value: () => T): Promise<T> {
    const given = this.handOut.add(key, seen, value);
    this.calls += 1;
    this.check();
    return given;
  }

  /** The pass does not end before `work` has, unless it has ended by then. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.inFlight += 1;
    try {
      return await work();
    } finally {
      this.inFlight -= 1;
      this.check();
    }
  }

  /** Runs something that must be finished before the pass may end. Its result is withheld if it was not kept. */
  private async track<T>(key: string, work: () => Promise<{ order: number; value: T } | false>): Promise<T> {
    if (this.isOver) return never();
    this.inFlight += 1;
    try {
      const kept = await work();
      if (kept === false) return await never();
      const seen: Seen = { epoch: this.claim.epoch, phase: "during", at: kept.order };
      this.inFlight -= 1;
      return await this.giveAt(key, seen, () => kept.value);
    } catch (error) {
      this.inFlight -= 1;
      // It may have been kept or not. Code that went on from here with an error could not be replayed.
      this.fail(error);
      return await never();
    }
  }

  /** Goes on as far as it can: hands out the next result, or ends the pass if nothing is left that could go on. */
  private check(): void {
    if (this.isClosed || this.isChecking) return;
    if (this.outcome !== undefined) {
      // Nothing is handed out any more: what is in flight comes to its end and comes by here.
      if (this.inFlight === 0) this.end(this.outcome);
      return;
    }
    if (this.handOut.isEmpty && (this.inFlight > 0 || this.stands.isEmpty)) return;
    this.isChecking = true;
    const before = this.calls;
    void quiet().then(() => {
      this.isChecking = false;
      if (this.isClosed || (this.hasReturned && this.outcome === undefined)) return;
      if (this.calls !== before || this.outcome !== undefined) this.check();
      else if (this.handOut.giveNext()) {
        this.calls += 1;
        this.check();
      } else if (this.inFlight === 0 && !this.stands.isEmpty) this.end({ type: "suspended", waits: this.newWaits });
    });
  }

  private end(end: PassEnd): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.noteBook.endTask();
    this.closing.resolve(end);
  }
}
