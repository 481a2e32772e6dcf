import type { RetryOptions } from "./definition.ts";
import type { TaskContext } from "./pass-context.ts";
import type { TaskWait } from "./task-wait.ts";

/** What every hook is given. */
export interface HookParameters<Payload = unknown> {
  /** What the run was triggered with; for a `schemaTask`, what its schema has made of that. */
  readonly payload: Payload;
  readonly ctx: TaskContext;
  /** As that of `run`. */
  readonly signal: AbortSignal;
  /** The task's id. */
  readonly task: string;
}

/** How a run has ended, as `onComplete` is told. */
export type CompletionResult<Output> =
  { readonly ok: true; readonly data: Output } | { readonly ok: false; readonly error: unknown };

/**
 * What `catchError` may answer. Of several ways to say when, the first of this order counts: `skipRetrying`, `retryAt`,
 * `retryDelayInMs`, `retry`. None of them makes more attempts than the run may have.
 */
export interface CatchErrorAnswer {
  /** The run fails at once. */
  readonly skipRetrying?: boolean | undefined;
  /** When the next attempt starts. A time that has passed means at once. */
  readonly retryAt?: Date | undefined;
  /** The pause before the next attempt, in milliseconds. */
  readonly retryDelayInMs?: number | undefined;
  /** The pause is computed from these options, over those of the task. `maxAttempts` at or below this attempt ends the run. */
  readonly retry?: RetryOptions | undefined;
  /** Takes the place of the error. */
  readonly error?: unknown;
}

/** What each hook is given beside `HookParameters`. */
export interface HookExtras<Output> {
  readonly onStartAttempt: object;
  readonly onSuccess: { readonly output: Output };
  readonly onFailure: { readonly error: unknown };
  readonly onComplete: { readonly result: CompletionResult<Output> };
  /** `wait` is the first of `waits`: a run may wait for several things at once. */
  readonly onWait: { readonly wait: TaskWait; readonly waits: readonly TaskWait[] };
  readonly onResume: { readonly wait: TaskWait; readonly waits: readonly TaskWait[] };
  /** `runPromise` settles as `run` does; it is rejected when `run` waits for something. */
  readonly onCancel: { readonly runPromise: Promise<Output> };
  /** `retryAt` and `retryDelayInMs` tell of the next attempt by the task's options; absent when none is left. */
  readonly catchError: {
    readonly error: unknown;
    readonly retry: Required<RetryOptions>;
    readonly retryAt?: Date;
    readonly retryDelayInMs?: number;
  };
  /** Goes on with the attempt, and comes back when that has ended, whichever way. Must be called, once. */
  readonly middleware: { readonly next: () => Promise<void> };
}

export type HookName = keyof HookExtras<unknown>;

type Answer<Name extends HookName> = Name extends "catchError"
  ? CatchErrorAnswer | undefined | void | Promise<CatchErrorAnswer | undefined | void>
  : undefined | void | Promise<undefined | void>;

/** A hook, as it is given to `task()` or to `tasks.onSuccess()` and the like. */
export type Hook<Name extends HookName, Payload = unknown, Output = unknown> = (
  parameters: HookParameters<Payload> & HookExtras<Output>[Name],
) => Answer<Name>;

/**
 * The hooks of a task. Each of them runs once for what it announces, though the task's function is replayed after each
 * wait. Inside a hook `step.run`, `trigger` and `logger` work; waits are refused. docs/hooks.md tells what runs when.
 */
export interface TaskHooks<Payload = unknown, Output = unknown> {
  /**
   * Runs around each pass: call `next()` and await it. What it sets up before that, in `locals` for instance, is there
   * in the task and all other hooks. What it throws fails the attempt.
   */
  readonly middleware?: Hook<"middleware", Payload, Output>;
  /** Runs before `run` in each attempt. What it throws fails the attempt. */
  readonly onStartAttempt?: Hook<"onStartAttempt", Payload, Output>;
  /** Runs after `run` has returned. What it throws is logged with the run. */
  readonly onSuccess?: Hook<"onSuccess", Payload, Output>;
  /** Runs when the run has failed for good. What it throws is logged with the run. */
  readonly onFailure?: Hook<"onFailure", Payload, Output>;
  /** Runs after `onSuccess` or `onFailure`. What it throws is logged with the run. */
  readonly onComplete?: Hook<"onComplete", Payload, Output>;
  /** Runs when the run is about to wait. What it throws is logged with the run. */
  readonly onWait?: Hook<"onWait", Payload, Output>;
  /** Runs before `run` is called again after a wait. What it throws is logged with the run. */
  readonly onResume?: Hook<"onResume", Payload, Output>;
  /** Runs when a run that is executing is cancelled; it has 30 seconds. What it throws is logged with the run. */
  readonly onCancel?: Hook<"onCancel", Payload, Output>;
  /**
   * Asked about an error that would be tried again: when, or whether at all. Without an answer the next one is asked,
   * and then the task's options count. What it throws is logged with the run and counts as no answer.
   */
  readonly catchError?: Hook<"catchError", Payload, Output>;
}

/** The names of all hooks. */
export const HOOK_NAMES = [
  ...(["middleware", "onStartAttempt", "onSuccess", "onFailure", "onComplete"] as const),
  ...(["onWait", "onResume", "onCancel", "catchError"] as const),
] as const satisfies readonly HookName[];
