import { Digest } from "./digest.ts";
import { describeError, NonDeterministicError, reviveError } from "./errors.ts";
import { LogBook } from "./log-book.ts";
import type {
  Claim,
  JournalEntry,
  NewBatchItem,
  NewWait,
  Outcome,
  PassEnd,
  RunOutcome,
  StoredOptions,
} from "./journal.ts";
import { encodePacket, type Packet } from "./packet.ts";
import { runInside, type PassContext, type TaskContext } from "./pass-context.ts";
import type { PassDoor } from "./pass-door.ts";
import { exceeds } from "./payload-limit.ts";
import { quiet } from "./quiet.ts";
import { StepScope } from "./step-scope.ts";
import { LIMITS } from "./wire.ts";

type Item = Omit<NewBatchItem, "index">;

/**
 * One pass of a run over its journal. Invariants:
 *
 * 1. Keys are given in the order of the calls, at the call, never later: a replay gives the same ones.
 * 2. A promise of the platform settles only with what the journal or the group has kept; else it stays pending.
 * 3. The pass ends once: when the function has returned or thrown and no step is in flight, or when something waits
 *    and nothing else is in flight. What the function does after the end reaches nobody.
 */
export class Pass implements PassContext {
  readonly ctx: TaskContext;
  readonly signal: AbortSignal;
  readonly logs: LogBook;
  readonly ended: Promise<PassEnd>;
  private readonly attempt: number;
  private readonly door: PassDoor;
  private readonly journal = new Map<string, JournalEntry>();
  private readonly occurrences = new Map<string, number>();
  /** Waits called in this pass that the journal does not know. */
  private readonly newWaits: NewWait[] = [];
  private inFlight = 0;
  private isWaiting = false;
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

  log(line: Parameters<PassContext["log"]>[0]): void {
    if (!this.isClosed) this.logs.add(line);
  }

  waitForRun(task: string, payload: Packet, given: StoredOptions): PromiseLike<RunOutcome> {
    const key = this.nextKey("run", task);
    const digest = digestOf([{ task, payload }]);
    const entry = this.find(key, digest);
    if (entry?.kind === "run" && entry.settled !== undefined) return Promise.resolve(entry.settled);
    if (entry !== undefined || this.isClosed) return this.pending();
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
    if (entry?.kind === "batch" && entry.error !== undefined) return Promise.reject(reviveError(entry.error));
    if (entry?.kind === "batch" && entry.settled !== undefined) {
      return Promise.resolve({ id: entry.id, runs: entry.settled });
    }
    if (entry !== undefined || this.isClosed) return this.pending();
    try {
      const resolved = this.resolveItems(items);
      this.newWaits.push({ kind: "batch", key, digest, runCount: items.length, items: resolved });
    } catch (error) {
      return Promise.reject(asError(error));
    }
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
    if (entry?.kind === "step") return entry.settled;
    const scope = new StepScope(this, key);
    return this.track(async () => {
      const outcome = await outcomeOf(() => runInside(scope, fn));
      return (await this.door.keepStep(key, name, outcome)) ? outcome : LOST;
    });
  }

  /** As `trigger`, under a key that the caller has chosen. */
  async triggerAs(key: string, task: string, payload: Packet, given: StoredOptions): Promise<{ id: string }> {
    const digest = digestOf([{ task, payload }]);
    const entry = this.find(key, digest);
    if (entry?.kind === "trigger") return { id: entry.id };
    const options = this.door.resolve(task, given);
    return this.track(async () => {
      const id = await this.door.startElsewhere(key, digest, { task, payload, options });
      return id === false ? LOST : { id };
    });
  }

  async triggerBatchAs(key: string, items: readonly Item[]): Promise<{ id: string; runCount: number }> {
    const digest = digestOf(items);
    const entry = this.find(key, digest);
    if (entry?.kind === "batchTrigger" && entry.sealed) return { id: entry.id, runCount: items.length };
    const resolved = this.resolveItems(items);
    return this.track(async () => {
      const id = await this.door.startBatchElsewhere(key, digest, resolved);
      return id === false ? LOST : { id, runCount: items.length };
    });
  }

  private resolveItems(items: readonly Item[]): NewBatchItem[] {
    return items.map((item, index) => ({ ...item, index, options: this.door.resolve(item.task, item.options) }));
  }

  private nextKey(kind: string, name: string): string {
    const occurrence = this.occurrences.get(`${kind}:${name}`) ?? 0;
    this.occurrences.set(`${kind}:${name}`, occurrence + 1);
    this.calls += 1;
    return `${kind}:${name}#${occurrence}`;
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
    this.end({ type: "failed", error: describeError(error), retry: true });
    return undefined;
  }

  /** Something that never settles in this pass. It counts as waited for once somebody asks for its result. */
  private pending<T>(): PromiseLike<T> {
    const ask = (): void => {
      this.isWaiting = true;
      this.calls += 1;
      this.check();
    };
    // The promise protocol itself: whoever awaits calls `then`, and only then is the pass waiting.
    return {
      then() {
        ask();
        return new Promise<never>(() => undefined);
      },
    };
  }

  /** Runs something that must be finished before the pass may end. Its result is withheld once the pass is closed. */
  private async track<T>(work: () => Promise<T | typeof LOST>): Promise<T> {
    if (this.isClosed) return NEVER;
    this.inFlight += 1;
    try {
      const result = await work();
      return result === LOST || this.isClosed ? await NEVER : result;
    } finally {
      this.inFlight -= 1;
      this.calls += 1;
      this.check();
    }
  }

  /** Ends the pass if nothing is left that could go on, after everything that is ready to run has run. */
  private check(): void {
    if (this.isClosed || this.isChecking || this.inFlight > 0) return;
    if (this.outcome !== undefined) this.end(this.outcome);
    if (!this.isWaiting || this.isClosed) return;
    this.isChecking = true;
    const before = this.calls;
    void quiet().then(() => {
      this.isChecking = false;
      if (this.isClosed || this.inFlight > 0) return;
      if (this.calls !== before || this.outcome !== undefined) this.check();
      else this.end({ type: "suspended", waits: this.newWaits });
    });
  }

  private end(end: PassEnd): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.close(end);
  }
}

const LOST = Symbol("lost");
const NEVER = new Promise<never>(() => undefined);

async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    const output = encodePacket(await work());
    if (!exceeds(output.data ?? "", LIMITS.outputBytes)) return { ok: true, output };
    const message = `The step's result is over the limit of ${LIMITS.outputBytes} bytes. Store it elsewhere and return where it is.`;
    return { ok: false, error: { name: "RunletError", message } };
  } catch (error) {
    return { ok: false, error: describeError(error) };
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function digestOf(items: readonly { task: string; payload: Packet }[]): string {
  const digest = new Digest();
  for (const { task, payload } of items)
    digest
      .add(task)
      .add(payload.data ?? "")
      .add(payload.type);
  return digest.text();
}

function contextOf(claim: Claim): TaskContext {
  return {
    run: {
      id: claim.id,
      tags: claim.tags,
      isTest: false,
      createdAt: new Date(claim.createdAt),
      startedAt: new Date(claim.startedAt),
      maxAttempts: claim.maxAttempts,
      ...(claim.parentId === undefined ? {} : { parentTaskRunId: claim.parentId }),
      ...(claim.rootId === undefined ? {} : { rootTaskRunId: claim.rootId }),
    },
    attempt: { number: claim.attempt, startedAt: new Date(claim.attemptStartedAt) },
    task: { id: claim.task },
    ...(claim.batchId === undefined ? {} : { batch: { id: claim.batchId } }),
  };
}
