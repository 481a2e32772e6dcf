import { CallKeys } from "./call-keys.ts";
import { digestOf } from "./digest.ts";
import { asError, describeError, NonDeterministicError, reviveError } from "./errors.ts";
import { HandOut } from "./hand-out.ts";
import { LogBook } from "./log-book.ts";
import type {
  Claim,
  JournalEntry,
  NewBatchItem,
  NewWait,
  Outcome,
  PassEnd,
  RunOutcome,
  Seen,
  StoredOptions,
} from "./journal.ts";
import type { Packet } from "./packet.ts";
import { runInside, type PassContext, type TaskContext } from "./pass-context.ts";
import type { PassDoor } from "./pass-door.ts";
import { quiet } from "./quiet.ts";
import { contextOf } from "./task-context.ts";
import { resolveItems } from "./resolve-items.ts";
import { outcomeOf } from "./step-outcome.ts";
import { Stands } from "./stands.ts";
import { StepScope } from "./step-scope.ts";

/** The time asked for is no part of what a wait for it is: the first pass has chosen it. */
const TIME = "time";

type Item = Omit<NewBatchItem, "index">;

/**
 * One pass of a run over its journal. Invariants:
 *
 * 1. Keys are given in the order of the calls, at the call, never later: a replay gives the same ones.
 * 2. A promise of the platform settles only with what the journal or the group has kept; else it stays pending.
 * 3. Results are handed out one at a time, in the order in which the run first saw them, each when the code has come to
 *    rest after the one before: the calls of a replay follow in the same order.
 * 4. The pass ends once: when the function has returned or thrown and no step is in flight, or when something waits
 *    and nothing else is in flight. What the function does after the end reaches nobody.
 */
export class Pass implements PassContext {
  readonly ctx: TaskContext;
  readonly signal: AbortSignal;
  readonly logs: LogBook;
  readonly ended: Promise<PassEnd>;
  private readonly attempt: number;
  private readonly epoch: number;
  private readonly door: PassDoor;
  private readonly journal = new Map<string, JournalEntry>();
  private readonly keys = new CallKeys();
  /** Waits called in this pass that the journal does not know. */
  private readonly newWaits: NewWait[] = [];
  private inFlight = 0;
  private readonly handOut = new HandOut();
  private readonly stands = new Stands();
  /** Counts calls, to see whether anything happened meanwhile. */
  private calls = 0;
  private isChecking = false;
  private outcome: PassEnd | undefined;
  private isClosed = false;
  private close: (end: PassEnd) => void = () => undefined;

  constructor(claim: Claim, door: PassDoor, signal: AbortSignal) {
    this.ctx = contextOf(claim);
    this.signal = signal;
    this.door = door;
    this.attempt = claim.attempt;
    this.epoch = claim.epoch;
    this.logs = new LogBook(claim.logged);
    for (const entry of claim.journal) {
      const known = this.journal.get(entry.key);
      if (known === undefined || known.attempt < entry.attempt) this.journal.set(entry.key, entry);
    }
    this.ended = new Promise((resolve) => {
      this.close = resolve;
    });
  }

  /** The function has returned or thrown. The pass ends when the steps in flight have. */
  finish(end: PassEnd): void {
    this.outcome ??= end;
    this.check();
  }

  log(line: Parameters<PassContext["log"]>[0], inStep = false): void {
    if (!this.isClosed) this.logs.add(line, inStep);
  }

  waitForRun(task: string, payload: Packet, given: StoredOptions): PromiseLike<RunOutcome> {
    const key = this.nextKey("run", task);
    const digest = digestOf([{ task, payload }]);
    const entry = this.find(key, digest);
    const settled = entry?.kind === "run" ? entry.settled : undefined;
    if (entry !== undefined && settled !== undefined) return this.settled(entry, () => settled);
    if (entry !== undefined || this.isOver) return this.pending();
    try {
      const options = this.door.resolve(task, given);
      this.newWaits.push({ kind: "run", key, digest, task, payload, options });
    } catch (error) {
      return Promise.reject(asError(error));
    }
    return this.pending();
  }

  waitForBatch(items: readonly Item[]): PromiseLike<{ id: string; runs: readonly RunOutcome[] }> {
    const key = this.nextKey("batch", "");
    const digest = digestOf(items);
    const entry = this.find(key, digest);
    if (entry?.kind === "batch" && entry.settled !== undefined) {
      const { id, settled: runs, error } = entry;
      return this.settled(entry, () => {
        if (error !== undefined) throw reviveError(error);
        return { id, runs };
      });
    }
    if (entry !== undefined || this.isOver) return this.pending();
    const resolved = resolveItems(items, (task, options) => this.door.resolve(task, options));
    this.newWaits.push({ kind: "batch", key, digest, runCount: items.length, items: resolved });
    return this.pending();
  }

  waitForTime(until: number): PromiseLike<void> {
    const key = this.nextKey("time", "");
    const entry = this.find(key, TIME);
    if (entry?.kind === "time" && entry.settled) return this.settled(entry, () => undefined);
    if (entry === undefined && until <= Date.now()) return Promise.resolve();
    if (entry === undefined && !this.isOver) this.newWaits.push({ kind: "time", key, digest: TIME, until });
    return this.pending();
  }

  trigger(task: string, payload: Packet, given: StoredOptions): Promise<{ id: string }> {
    return this.triggerAs(this.nextKey("trigger", task), task, payload, given);
  }

  triggerBatch(items: readonly Item[]): Promise<{ id: string; runCount: number }> {
    return this.triggerBatchAs(this.nextKey("batchTrigger", ""), items);
  }

  async step(name: string, fn: () => unknown): Promise<Outcome> {
    const key = this.nextKey("step", name);
    const entry = this.find(key, name);
    if (entry?.kind === "step") return this.give(entry, () => entry.settled);
    const scope = new StepScope(this, key);
    return this.track(key, async () => {
      const outcome = await outcomeOf(() => runInside(scope, fn));
      const kept = await this.door.keepStep(key, name, outcome);
      return kept && { ...kept, value: outcome };
    });
  }

  /** As `trigger`, under a key that the caller has chosen. */
  async triggerAs(key: string, task: string, payload: Packet, given: StoredOptions): Promise<{ id: string }> {
    const digest = digestOf([{ task, payload }]);
    const entry = this.find(key, digest);
    if (entry?.kind === "trigger") return this.give(entry, () => ({ id: entry.id }));
    const options = this.door.resolve(task, given);
    return this.track(key, async () => {
      const kept = await this.door.startElsewhere(key, digest, { task, payload, options });
      return kept && { order: kept.order, value: { id: kept.id } };
    });
  }

  async triggerBatchAs(key: string, items: readonly Item[]): Promise<{ id: string; runCount: number }> {
    const digest = digestOf(items);
    const entry = this.find(key, digest);
    const runCount = items.length;
    if (entry?.kind === "batchTrigger" && entry.sealed) return this.give(entry, () => ({ id: entry.id, runCount }));
    const resolved = resolveItems(items, (task, options) => this.door.resolve(task, options));
    return this.track(key, async () => {
      const kept = await this.door.startBatchElsewhere(key, digest, resolved, entry?.attempt);
      return kept && { order: kept.order, value: { id: kept.id, runCount } };
    });
  }

  private nextKey(kind: string, name: string): string {
    this.calls += 1;
    return this.keys.next(kind, name);
  }

  /** What the journal has under the key, if it is what is asked for now. */
  private find(key: string, digest: string): JournalEntry | undefined {
    const entry = this.journal.get(key);
    if (entry === undefined || entry.digest === digest) return entry;
    // What an earlier attempt asked for does not bind this one.
    if (entry.attempt !== this.attempt) return undefined;
    const error = new NonDeterministicError(
      `The call ${key} asks for something else than it did in an earlier pass of this attempt (fingerprint ${digest} ` +
        `now, ${entry.digest} then). A task is replayed from the top after each wait, so its calls must be the same each ` +
        `time: take times, random values and what is read from outside into step.run().`,
    );
    this.finish({ type: "failed", error: describeError(error), retry: true });
    return undefined;
  }

  /** What is asked for from now on reaches nobody. */
  private get isOver(): boolean {
    return this.isClosed || this.outcome !== undefined;
  }

  /** Something that never settles in this pass. It counts as waited for once somebody asks for its result. */
  private pending<T>(): PromiseLike<T> {
    const ask = (): void => {
      this.stands.add();
      this.calls += 1;
      this.check();
    };
    // The promise protocol itself: whoever awaits calls `then`, and only then is the pass waiting.
    return {
      then() {
        ask();
        return never();
      },
    };
  }

  /** A wait that the journal can settle: it gets in line once somebody asks for its result. */
  private settled<T>(entry: JournalEntry, value: () => T): PromiseLike<T> {
    return {
      then: (onFulfilled, onRejected) => this.give(entry, value).then(onFulfilled, onRejected),
    };
  }

  /** Gives the value when its turn has come in the order of what the run has seen. */
  private give<T>({ key, seen }: JournalEntry, value: () => T): Promise<T> {
    return this.giveAt(key, seen ?? { epoch: 0, phase: "before", at: 0 }, value);
  }

  private giveAt<T>(key: string, seen: Seen, value: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const give = (): void => {
        try {
          resolve(value());
        } catch (error) {
          reject(asError(error));
        }
      };
      this.handOut.add({ key, seen, give });
      this.calls += 1;
      this.check();
    });
  }

  asGroup<T>(start: () => T): { result: T; letGo: () => void } {
    return this.stands.asGroup(start);
  }

  /** Runs something that must be finished before the pass may end. Its result is withheld if it was not kept. */
  private async track<T>(key: string, work: () => Promise<{ order: number; value: T } | false>): Promise<T> {
    if (this.isOver) return never();
    this.inFlight += 1;
    try {
      const kept = await work();
      if (kept === false) return await never();
      const seen: Seen = { epoch: this.epoch, phase: "during", at: kept.order };
      this.inFlight -= 1;
      return await this.giveAt(key, seen, () => kept.value);
    } catch (error) {
      this.inFlight -= 1;
      // It may have been kept or not. Code that went on from here with an error could not be replayed.
      this.finish({ type: "failed", error: describeError(error), retry: true });
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
      if (this.isClosed) return;
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
    this.close(end);
  }
}

/** A promise of its own each time: one for all would keep hold of everybody who ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
