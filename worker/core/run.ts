import type { ErrorInfo, Outcome } from "../../sdk/lib/journal.ts";
import type { FinalStatus, RunStatus } from "../../sdk/lib/wire.ts";
import type { Debounced } from "./debounce.ts";
import type { KeyHold } from "./key-hold.ts";
import type { PastAttempt } from "./past-attempts.ts";
import type { Wish } from "./wish.ts";

/** Who is told when a run or a batch is final: the run or batch `n` of this group, or the entry `n` of another. */
export interface Waiter {
  /** Absent when the waiting run is in the same group. */
  readonly group?: string;
  readonly n: string;
  /** It is not a run that waits but a schedule: `group` is its object, `n` the time of the tick that the run is of. */
  readonly isSchedule?: boolean;
}

/** The schedule that a run is of, as it was then. */
export interface RunSchedule {
  readonly id: string;
  readonly cron: string;
  readonly timezone: string;
  readonly externalId?: string;
  readonly deduplicationKey?: string;
}

/** Where a run is on its way. `due` is the time (ms) at which its group must look at it again. */
export type RunState =
  /** To start later: at `due`. */
  | { readonly at: "delayed"; readonly due: number }
  /** Ready, and in line for a slot of its queue; `due` is when it expires. The rest is as in "queued". */
  | {
      readonly at: "pending";
      readonly fresh: boolean;
      readonly alone: boolean;
      readonly missing?: true;
      readonly due?: number;
    }
  /**
   * Ready. A dispatch is owed or under way; after `due` it is sent again. `fresh`: the claim starts a new attempt.
   * `missing`: the deployment that it was handed to does not have its task.
   */
  | {
      readonly at: "queued";
      readonly fresh: boolean;
      readonly alone: boolean;
      readonly missing?: true;
      readonly sends: number;
      readonly due: number;
    }
  /**
   * A consumer works on it until `due` at least. `call` names the call that it was handed out to. `fresh`: this pass is the
   * first of its attempt. `news`: a wait has settled since the claim.
   */
  | {
      readonly at: "executing";
      readonly call: string;
      readonly fresh: boolean;
      readonly news: boolean;
      readonly due: number;
    }
  /** Suspended until one of its waits settles. */
  | { readonly at: "waiting" }
  /** Between two attempts. `long`: the pause is 30 s or more, which the wire calls QUEUED. */
  | { readonly at: "retrying"; readonly long: boolean; readonly due: number }
  | { readonly at: "final"; readonly status: FinalStatus };

/** An owed message to another group: when it is tried next, and how often it has been. */
export interface Telling {
  readonly tries: number;
  readonly due: number;
}

/** `due` of a batch item before its first claim: its batch sends the dispatches. Later than any time. */
export const HELD = 9_000_000_000_000_000;
/** `due` of an item with a delay or a time to live, until its batch is sealed: then the clock of the latter starts. */
export const HELD_BACK = HELD + 1;

export type TriggerFunction = "trigger" | "triggerAndWait" | "batchTrigger" | "batchTriggerAndWait";

/** A run, apart from its payload and output. Times in milliseconds since 1970. */
export interface Run {
  readonly n: string;
  readonly task: string;
  readonly maxAttempts: number;
  readonly tags: readonly string[];
  readonly trigger: TriggerFunction;
  /** As asked for: a duration or an ISO 8601 date. */
  readonly delay?: string;
  /** When it may start, for a run that was triggered with a delay. */
  readonly delayedUntil?: number;
  /** Seconds that it may wait for its start; and until when that is, once the clock has started. */
  readonly ttl?: number;
  readonly expiresAt?: number;
  /** Seconds of active time that an attempt may take; and the milliseconds that its passes have taken so far. */
  readonly maxDuration?: number;
  readonly activeMs?: number;
  readonly priority?: number;
  /** The queue it was triggered on, if that is not just its task's own without limits; and its key there. */
  readonly queue?: string;
  readonly concurrencyKey?: string;
  /** What it wants of its queue, if that has limits. */
  readonly wish?: Wish;
  /** What was asked for without effect. */
  readonly machine?: string;
  readonly region?: string;
  readonly version?: string;
  readonly isTest?: true;
  /** The id of the run that this one does again; and whether it remembers a part of that one's journal. */
  readonly replayedFrom?: string;
  readonly recalls?: true;
  /** How often it was handed to a deployment without its task. */
  readonly parked?: number;
  /** The idempotency key that it was triggered with. */
  readonly hold?: KeyHold;
  /** How it was debounced. */
  readonly debounce?: Debounced;
  /** Runs of other groups wait for it: each has a row below it. */
  readonly hasWaiters?: true;
  /** It has a row with metadata. */
  readonly hasMetadata?: true;
  /** It has timers, which end with it. */
  readonly hasTimers?: true;
  /** Journal key and digest under which its parent made it, and in which of the parent's attempts. */
  readonly key?: string;
  readonly digest?: string;
  readonly madeIn?: number;
  readonly waiter?: Waiter;
  readonly schedule?: RunSchedule;
  /** The first epoch of its parent that can see the end of this run. */
  readonly seenIn?: number;
  /** Set from the end of the run until a waiter in another group has been told. */
  readonly telling?: Telling;
  /** Ids that the path does not tell: those of a parent and root in another group. */
  readonly parentId?: string;
  readonly rootId?: string;
  readonly outerDepth?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly attempt: number;
  readonly attemptStartedAt: number;
  /** The last of the attempts that failed and were not the last one. */
  readonly pastAttempts?: readonly PastAttempt[];
  readonly epoch: number;
  readonly logged: number;
  readonly state: RunState;
}

export type RunEvent =
  /** By the call of this name, which may have been made before: then its answer was lost. */
  | { readonly type: "claimed"; readonly epoch: number; readonly call: string; readonly leaseMs: number }
  | { readonly type: "completed"; readonly epoch: number; readonly outcome: Outcome & { ok: true } }
  /**
   * `retryDelayMs` is absent when the error must not be tried again. `machine`: that of the next attempt. `isCrash`: the run
   * crashes with it.
   */
  | {
      readonly type: "failed";
      readonly epoch: number;
      readonly error: ErrorInfo;
      readonly retryDelayMs?: number;
      readonly machine?: string;
      readonly isCrash?: true;
    }
  | { readonly type: "suspended"; readonly epoch: number; readonly logged: number; readonly activeMs?: number }
  /** The attempt has taken more than its active time. */
  | { readonly type: "overran"; readonly epoch: number; readonly error: ErrorInfo }
  /** The consumer's deployment does not have the task. */
  | { readonly type: "missing"; readonly epoch: number }
  /** Its batch is sealed: an item that was held back starts, or its delay does. */
  | { readonly type: "released" }
  | { readonly type: "rescheduled"; readonly delay: string; readonly until: number }
  /** Something that this run made has settled. */
  | { readonly type: "settled" }
  /** The time of `due` has come. */
  | { readonly type: "due" }
  | { readonly type: "canceled" }
  /** The consumer has renewed its lease. */
  | { readonly type: "renewed"; readonly due: number }
  /** The waiter in another group has been told. */
  | { readonly type: "told" }
  /** The queue has given a slot to the wish with this number. */
  | { readonly type: "granted"; readonly number: number }
  /** The queue has heard the wish with this number. */
  | { readonly type: "heard"; readonly number: number }
  /** The code of a run that was canceled under it has ended. */
  | { readonly type: "ceased"; readonly epoch: number };

export type RunEffect =
  | { readonly type: "dispatch"; readonly epoch: number; readonly alone: boolean }
  | { readonly type: "keep"; readonly outcome: Outcome }
  | { readonly type: "settle"; readonly waiter: Waiter }
  /** The queue is owed the run's wish. */
  | { readonly type: "wish" };

export type Transition =
  | { readonly run: Run; readonly effects: readonly RunEffect[] }
  | { readonly ignored: "final" | "stale" | "early" | "out of place" };

export function isFinal(run: Run): boolean {
  return run.state.at === "final";
}

/** The status that the wire shows. */
export function statusOf(run: Run): RunStatus {
  switch (run.state.at) {
    case "delayed":
      return "DELAYED";
    case "pending":
    case "queued":
      return run.state.missing === true ? "PENDING_VERSION" : "QUEUED";
    case "executing":
      return "EXECUTING";
    case "waiting":
      return "WAITING";
    case "retrying":
      return run.state.long ? "QUEUED" : "EXECUTING";
    case "final":
      return run.state.status;
  }
}
