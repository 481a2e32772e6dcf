import type { Batch, BatchEvent, BatchTransition } from "../../worker/core/batch.ts";
import type { Run, RunEffect, RunEvent, RunState, Transition } from "../../worker/core/run.ts";

export const LEASE_MS = 60_000;
/** The time at which the runs below were made. */
export const BORN = 1_000_000;

export const OUTPUT = { ok: true, output: { data: "4", type: "text/plain" } } as const;
export const ERROR = { name: "Error", message: "no luck" };

export const claimed = (epoch: number, call = "a call"): RunEvent => ({
  type: "claimed",
  epoch,
  call,
  leaseMs: LEASE_MS,
});
export const completed = (epoch: number): RunEvent => ({ type: "completed", epoch, outcome: OUTPUT });
export const failed = (epoch: number, retryDelayMs?: number): RunEvent => ({
  type: "failed",
  epoch,
  error: ERROR,
  ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
});
export const suspended = (epoch: number, logged = 0): RunEvent => ({ type: "suspended", epoch, logged });
export const DUE: RunEvent = { type: "due" };
export const SETTLED: RunEvent = { type: "settled" };
export const CANCELED: RunEvent = { type: "canceled" };

/** A run just made, unless told otherwise. */
export function aRun(fields: Partial<Run> = {}): Run {
  return {
    n: "k",
    task: "some-task",
    maxAttempts: 3,
    tags: [],
    trigger: "trigger",
    createdAt: BORN,
    updatedAt: BORN,
    attempt: 0,
    attemptStartedAt: 0,
    epoch: 0,
    logged: 0,
    state: { at: "queued", fresh: true, alone: false, sends: 0, due: BORN + 15_000 },
    ...fields,
  };
}

/** A run that its first attempt's consumer works on. */
export function executing(fields: Partial<Run> = {}, state: Partial<RunState & { at: "executing" }> = {}): Run {
  return aRun({
    attempt: 1,
    attemptStartedAt: BORN + 10,
    startedAt: BORN + 10,
    updatedAt: BORN + 10,
    epoch: 1,
    state: { at: "executing", call: "a call", fresh: true, news: false, due: BORN + 10 + LEASE_MS, ...state },
    ...fields,
  });
}

/** A batch of three that is open, unless told otherwise. */
export function aBatch(fields: Partial<Batch> = {}): Batch {
  return {
    n: "b",
    runCount: 3,
    received: 0,
    done: 0,
    refused: 0,
    createdAt: BORN,
    updatedAt: BORN,
    state: { at: "open", due: BORN + 30 * 60_000 },
    ...fields,
  };
}

/** What a transition that is not ignored gives. */
export function taken(transition: Transition): { readonly run: Run; readonly effects: readonly RunEffect[] } {
  if ("ignored" in transition) throw new Error(`The event was ignored: ${transition.ignored}.`);
  return transition;
}

export function takenByBatch(transition: BatchTransition): Exclude<BatchTransition, { ignored: unknown }> {
  if ("ignored" in transition) throw new Error(`The event was ignored: ${transition.ignored}.`);
  return transition;
}

/** All events that a batch knows. */
export const BATCH_EVENTS: readonly BatchEvent[] = [
  { type: "received", items: 1, refused: 0, done: 0 },
  { type: "sealed" },
  { type: "finished", items: 1 },
  { type: "due", unclaimed: true },
  { type: "due", unclaimed: false },
  { type: "canceled" },
];
