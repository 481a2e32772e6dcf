import type { OutsideTaskError } from "./errors.ts";
import type { Packet } from "./packet.ts";
import type { Metadata } from "./metadata-operation.ts";
import type { Notes } from "./notes.ts";
import type { LogLine, Outcome, RunOutcome, StoredOptions, UnplacedItem } from "./journal.ts";
import type { Detachable, StartedBatch } from "./pass-door.ts";
import type { Door, ReplayCall } from "./door.ts";
import type { Stands } from "./stands.ts";

export type { UnplacedItem };

/** What user code is told of the run that it executes; the `ctx` of `run(payload, { ctx })`. */
export interface TaskContext {
  readonly run: {
    readonly id: string;
    /** As the pass began with them; so is the metadata, which is absent where there is none. */
    readonly tags: readonly string[];
    readonly metadata?: Metadata;
    readonly isTest: boolean;
    /** The run was made by `runs.replay`. */
    readonly isReplay: boolean;
    readonly createdAt: Date;
    readonly startedAt: Date;
    readonly maxAttempts: number;
    /** Seconds of active time that an attempt may take. */
    readonly maxDuration?: number;
    /** Seconds. */
    readonly priority?: number;
    /** As it is kept: hashed, where the SDK has sent it. */
    readonly idempotencyKey?: string;
    readonly region?: string;
    readonly version?: string;
    readonly parentTaskRunId?: string;
    readonly rootTaskRunId?: string;
  };
  readonly attempt: { readonly number: number; readonly startedAt: Date };
  readonly task: { readonly id: string };
  /** The queue of its task, or the one that it was triggered on. */
  readonly queue: { readonly name: string; readonly concurrencyKey?: string };
  readonly batch?: { readonly id: string };
  /** The one that was asked for; there is one kind. */
  readonly machine?: { readonly name: string };
}

/** A run that was triggered, or found by its key. */
export interface Started {
  readonly id: string;
  readonly isCached?: boolean;
}

export interface StepOptions {
  /**
   * The step makes `{ id }`, the token of a wait that is nobody else's: where that wait has failed in an earlier attempt, the step is
   * carried out anew, under another key.
   */
  readonly makesWait?: boolean;
}

/**
 * The pass that is executing, as SDK functions see it. The promises of `waitForRun` and `waitForBatch` settle only when
 * the journal has the answer; else they stay pending and the pass ends once nothing but waits is left.
 */
export interface PassContext {
  readonly ctx: TaskContext;
  readonly signal: AbortSignal;
  /** Values of `locals`, by the ids of their keys. */
  readonly locals: Map<string, unknown>;
  readonly notes: Notes;
  /** Where its code stands. */
  readonly stands: Stands;
  /** Why nothing can be waited for here, `what` among it; undefined where waits may stand. */
  refusalOfWait(what: string): OutsideTaskError | undefined;
  waitForRun(task: string, payload: Packet, options: StoredOptions): PromiseLike<RunOutcome>;
  waitForBatch(items: readonly UnplacedItem[]): PromiseLike<{ id: string; runs: readonly RunOutcome[] }>;
  /** What the token `id` is completed with, or why it is not. */
  waitForToken(id: string): PromiseLike<Outcome>;
  /** `until` is in milliseconds since 1970. Rejects with a `RunletError` where it must not have passed and has. */
  waitForTime(until: number, rule: { readonly isPastRefused: boolean }): PromiseLike<void>;
  trigger(task: string, payload: Packet, options: StoredOptions): Promise<Started>;
  triggerBatch(items: readonly UnplacedItem[], how: Detachable): Promise<StartedBatch>;
  /** Throws the refusal as a plain error with its name and message: it is remembered, too. */
  replay(call: ReplayCall): Promise<{ id: string }>;
  /**
   * Runs `fn` unless the journal has its outcome, and keeps the outcome before anyone sees it. `fn` is given a key that is the same
   * whenever this is carried out anew, and that no other step of the run has.
   */
  step(name: string, fn: (key: string) => unknown, how?: StepOptions): Promise<Outcome>;
  log(line: Omit<LogLine, "at">): void;
}

/** What the code being executed belongs to: a pass of a run, or the user's own `fetch` in the Worker with the tasks. */
export interface Surroundings {
  readonly pass?: PassContext;
  readonly door: Door;
}

interface Store {
  getStore(): Surroundings | undefined;
  run<T>(surroundings: Surroundings, fn: () => T): T;
}

let store: Store | undefined;

/** Called once by the Worker's runtime with its AsyncLocalStorage. The client alone needs none, so it imports none. */
export function provideSurroundings(provided: Store): void {
  store = provided;
}

export function currentSurroundings(): Surroundings | undefined {
  return store?.getStore();
}

/** Calls `fn` as part of the pass; `door` is the one outside of it unless another is given. */
export function runInside<T>(pass: PassContext, fn: () => T, door = currentSurroundings()?.door): T {
  if (store === undefined || door === undefined)
    throw new Error("Passes execute only in a Worker made by createWorker().");
  return store.run({ pass, door }, fn);
}
