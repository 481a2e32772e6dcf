import type { Packet } from "./packet.ts";

/** An error as it is stored and travels. `stack` is kept for people, never parsed. */
export interface ErrorInfo {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Of a `RunletApiError` that a step has failed with. */
  readonly refusal?: { readonly status: number; readonly code: string };
}

/** What came of a run, a step or a wait. */
export type Outcome =
  { readonly ok: true; readonly output: Packet } | { readonly ok: false; readonly error: ErrorInfo };

/** The outcome of one run as its parent sees it. */
export interface RunOutcome {
  readonly id: string;
  readonly task: string;
  readonly outcome: Outcome;
}

/**
 * One thing that a run remembers between its passes. `key` is `kind:name#occurrence` in call order, `digest` a
 * fingerprint of what was asked (task and payload, or the step's name), `attempt` the attempt that made the entry: 0 for what a
 * replay has from the run before it.
 */
export type JournalEntry = {
  readonly key: string;
  readonly digest: string;
  readonly attempt: number;
  /** When the run first saw what has come of it; absent while nothing has. */
  readonly seen?: Seen;
} & (
  | { readonly kind: "run"; readonly settled?: RunOutcome }
  | {
      readonly kind: "batch";
      readonly id: string;
      readonly settled?: readonly RunOutcome[];
      readonly error?: ErrorInfo;
      /** Set when `settled` did not fit in the answer: ask for the items of this batch from `after` on. */
      readonly rest?: { readonly batch: string; readonly after: number };
    }
  | { readonly kind: "step"; readonly settled: Outcome }
  /** A time, which has come or not. */
  | { readonly kind: "time"; readonly settled: boolean }
  | { readonly kind: "token"; readonly id: string; readonly settled?: Outcome }
  /** `sealed` is false while nobody knows yet which run holds the key, and for a replay that is not started yet. */
  | { readonly kind: "trigger"; readonly id: string; readonly sealed: boolean; readonly isCached?: true }
  | { readonly kind: "batchTrigger"; readonly id: string; readonly sealed: boolean }
);

/**
 * A place in the order in which a run has seen results. A replay hands them out in this order, so that code that goes
 * on as they come makes its calls in the same order each time.
 */
export interface Seen {
  /** The epoch of the first pass that could see it. */
  readonly epoch: number;
  /** Waits settle before a pass, and are seen at its start; steps and triggers are done in the course of it. */
  readonly phase: "before" | "during";
  /** The time of settling, or a count within the pass. */
  readonly at: number;
}

/** How triggers that follow each other become one run. `delay` and `maxDelay` are durations. */
export interface DebounceOptions {
  readonly key: string;
  readonly delay: string;
  readonly mode?: "leading" | "trailing";
  readonly maxDelay?: string;
}

/** Options of a trigger as they travel and are kept with the run. */
export interface StoredOptions {
  readonly tags?: readonly string[];
  readonly maxAttempts?: number;
  /** A duration, or an ISO 8601 date. */
  readonly delay?: string;
  /** Seconds; 0 for none. */
  readonly ttl?: number;
  /** Seconds. */
  readonly maxDuration?: number;
  /** Seconds. */
  readonly priority?: number;
  readonly queue?: string;
  readonly concurrencyKey?: string;
  /** As it travels: hashed, or any text that another client has sent. */
  readonly idempotencyKey?: string;
  /** A duration. */
  readonly idempotencyKeyTTL?: string;
  readonly debounce?: DebounceOptions;
  /** A JSON object, as text. */
  readonly metadata?: string;
  /** Kept and shown, without effect. */
  readonly machine?: string;
  readonly region?: string;
  readonly lockToVersion?: string;
  readonly test?: boolean;
  /** It goes on when the run that triggered it is canceled. */
  readonly detached?: true;
}

/** Options with the defaults of the task. */
export interface RunOptions extends StoredOptions {
  readonly tags: readonly string[];
  readonly maxAttempts: number;
  /** The queue has limits. */
  readonly isLimited?: true;
}

/** A child that a pass wants made and waits for. */
export interface NewRunWait {
  readonly kind: "run";
  readonly key: string;
  readonly digest: string;
  readonly task: string;
  readonly payload: Packet;
  readonly options: StoredOptions;
}

/** One item of a batch, at its place. */
export interface NewBatchItem {
  readonly index: number;
  readonly task: string;
  readonly payload: Packet;
  readonly options: StoredOptions;
  /** Says why no run of it can start. */
  readonly refusal?: string;
}

/** An item whose place follows from where it stands among others. */
export type UnplacedItem = Omit<NewBatchItem, "index">;

/** A batch that a pass wants made and waits for. `items` lacks those that were sent ahead of the report. */
export interface NewBatchWait {
  readonly kind: "batch";
  readonly key: string;
  readonly digest: string;
  readonly runCount: number;
  readonly items: readonly NewBatchItem[];
}

/** A time that a pass wants to wait for, in milliseconds since 1970. */
export interface NewTimeWait {
  readonly kind: "time";
  readonly key: string;
  readonly digest: string;
  readonly until: number;
}

/** A token, by its id, that a pass wants to wait for. */
export interface NewTokenWait {
  readonly kind: "token";
  readonly key: string;
  readonly digest: string;
  readonly token: string;
}

export type NewWait = NewRunWait | NewBatchWait | NewTimeWait | NewTokenWait;

/** How a pass ended. `waits` holds only those that the journal does not have yet. */
export type PassEnd =
  | { readonly type: "completed"; readonly output: Packet }
  /**
   * `retryDelayMs` is the pause before the next attempt; set where `retry` is, once the hooks have been asked. `machine` is that of
   * the next attempt, where it is another one. `isCrash`: the run crashes with it.
   */
  | {
      readonly type: "failed";
      readonly error: ErrorInfo;
      readonly retry: boolean;
      readonly retryDelayMs?: number;
      readonly machine?: string;
      readonly isCrash?: true;
    }
  | { readonly type: "suspended"; readonly waits: readonly NewWait[] };

/** One line that a task logged. `at` is in milliseconds since 1970. */
export interface LogLine {
  readonly at: number;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  /** Structured fields, as JSON text. */
  readonly fields?: string;
}

/** What a run knows of itself while it executes. Times are in milliseconds since 1970. */
export interface Claim {
  readonly n: string;
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  /** This claim has begun the attempt: no pass of it was handed out before. */
  readonly isFirstPass: boolean;
  readonly maxAttempts: number;
  readonly isTest?: true;
  readonly isReplay?: true;
  readonly priority?: number;
  readonly queue?: string;
  readonly concurrencyKey?: string;
  readonly machine?: string;
  readonly region?: string;
  readonly version?: string;
  readonly idempotencyKey?: string;
  /** Seconds of active time that an attempt may take, and the milliseconds of it that are left. */
  readonly maxDuration?: number;
  readonly activeMsLeft?: number;
  readonly task: string;
  readonly payload: Packet;
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly startedAt: number;
  readonly attemptStartedAt: number;
  /** When this claim was made, by the clock that all the times of a run are taken from. */
  readonly claimedAt: number;
  readonly parentId?: string;
  readonly rootId?: string;
  /** How many runs are above it. */
  readonly depth: number;
  readonly batchId?: string;
  /** How many log lines the earlier passes of this attempt have stored: a replay does not store them again. */
  readonly logged: number;
  /**
   * Its metadata, as JSON text, how many changes of it the earlier passes of this attempt have made outside of steps, and which of
   * these were refused.
   */
  readonly metadata?: { readonly text: string; readonly counted: number; readonly refused?: readonly number[] };
  readonly journal: readonly JournalEntry[];
  /** Set when the journal did not fit in the answer: ask for the entries after this one. */
  readonly journalAfter?: string;
  /** Set when payload and journal did not fit in the answer at all: ask for this claim alone. */
  readonly deferred?: true;
}
