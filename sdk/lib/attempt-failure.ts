import type { TaskDefinition } from "./definition.ts";
import { describeError, RunletError } from "./errors.ts";
import type { HookCalls } from "./hook-calls.ts";
import type { CatchErrorAnswer } from "./hooks.ts";
import type { Claim, PassEnd } from "./journal.ts";
import { retryDelay } from "./retry-delay.ts";

/** What is to come after an error. */
export interface Verdict {
  readonly error: unknown;
  /** Absent when the error must not be tried again. */
  readonly retryDelayMs?: number;
  /** The machine of the next attempt, where it is another one. */
  readonly machine?: string;
  /** The run crashes with it. */
  readonly isCrash?: true;
}

/** Tells what an attempt's error comes to, after asking and telling the hooks. */
export class AttemptFailure {
  private readonly retry: Required<TaskDefinition["retry"]>;
  private readonly attempt: number;
  /** That of an attempt after one that had too little memory. */
  private readonly biggerMachine: string | undefined;
  private readonly hooks: HookCalls;
  private readonly signal: AbortSignal;
  private isTold = false;

  constructor(definition: TaskDefinition, claim: Claim, hooks: HookCalls, signal: AbortSignal) {
    this.retry = { ...definition.retry, maxAttempts: claim.maxAttempts };
    this.attempt = claim.attempt;
    this.biggerMachine = definition.biggerMachine === claim.machine ? undefined : definition.biggerMachine;
    this.hooks = hooks;
    this.signal = signal;
  }

  /** The hooks have been told of the run's end: they are not told of another. */
  markTold(): void {
    this.isTold = true;
  }

  /** The end of a pass whose attempt has failed. `isAsked`: `catchError` may change what becomes of it. */
  async conclude(thrown: unknown, isAsked: boolean): Promise<PassEnd> {
    let verdict = this.byOptions(thrown);
    // The run is not ours any more: nobody is to act on this.
    if (this.signal.aborted) return toEnd(verdict);
    if (isAsked && verdict.retryDelayMs !== undefined && verdict.machine === undefined)
      verdict = await this.ask(thrown, verdict.retryDelayMs);
    const { error } = verdict;
    const isFinal = verdict.retryDelayMs === undefined || this.attempt >= this.retry.maxAttempts;
    if (isFinal && !this.isTold && verdict.isCrash !== true) {
      this.isTold = true;
      await this.hooks.tell("onFailure", { error });
      await this.hooks.tell("onComplete", { result: { ok: false, error } });
    }
    return toEnd(verdict);
  }

  private byOptions(error: unknown): Verdict {
    if (isOutOfMemory(error)) return this.forMemory(error);
    if (!isWorthRetrying(error)) return { error };
    return { error, retryDelayMs: retryDelay(this.retry, this.attempt, Math.random()) };
  }

  private forMemory(error: unknown): Verdict {
    const { attempt, biggerMachine: machine, retry } = this;
    if (machine === undefined || attempt >= retry.maxAttempts) return { error, isCrash: true };
    return { error, retryDelayMs: retryDelay(retry, attempt, Math.random()), machine };
  }

  private async ask(error: unknown, retryDelayMs: number): Promise<Verdict> {
    const { retry } = this;
    const next =
      this.attempt >= retry.maxAttempts
        ? {}
        : { retryAt: new Date(Date.now() + retryDelayMs), retryDelayInMs: retryDelayMs };
    const answer = await this.hooks.ask({ error, retry, ...next });
    if (answer === undefined) return { error, retryDelayMs };
    try {
      return applyAnswer({ error, retryDelayMs }, answer, { policy: retry, attempt: this.attempt }, Date.now());
    } catch (refusal) {
      this.hooks.warn("What the hook catchError answered cannot be used", refusal);
      return { error, retryDelayMs };
    }
  }
}

/** The verdict after what `catchError` has answered. Throws a `RunletError` for a `retryAt` that is no Date. */
export function applyAnswer(
  verdict: Verdict,
  answer: CatchErrorAnswer,
  { policy, attempt }: { readonly policy: Required<TaskDefinition["retry"]>; readonly attempt: number },
  now: number,
): Verdict {
  const error = answer.error === undefined ? verdict.error : answer.error;
  if (answer.skipRetrying === true || !isWorthRetrying(error)) return { error };
  const { retryAt, retryDelayInMs, retry } = answer;
  if (retryAt !== undefined) return { error, retryDelayMs: toDelay(readTime(retryAt) - now, verdict) };
  if (retryDelayInMs !== undefined) return { error, retryDelayMs: toDelay(retryDelayInMs, verdict) };
  if (retry === undefined) return { ...verdict, error };
  const own = { ...policy, ...retry };
  if (attempt >= own.maxAttempts) return { error };
  return { error, retryDelayMs: toDelay(retryDelay(own, attempt, Math.random()), verdict) };
}

function readTime(retryAt: unknown): number {
  if (retryAt instanceof Date) return retryAt.getTime();
  throw new RunletError(`retryAt must be a Date, not ${JSON.stringify(retryAt)}.`);
}

/** What is no time (an invalid Date, NaN) changes nothing. */
function toDelay(ms: number, { retryDelayMs = 0 }: Verdict): number {
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : retryDelayMs;
}

function toEnd({ error: thrown, retryDelayMs, ...how }: Verdict): PassEnd {
  const error = describeError(thrown);
  if (retryDelayMs === undefined) return { type: "failed", error, retry: false, ...how };
  return { type: "failed", error, retry: true, retryDelayMs, ...how };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.name === "OutOfMemoryError";
}

const COMES_AGAIN: ReadonlySet<string> = new Set([
  "AbortTaskRunError",
  "TaskPayloadParsedError",
  "OutputTooLargeError",
]);

/** Errors that would come again: the task's own word, a payload that does not fit, a request that was refused. */
function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (COMES_AGAIN.has(error.name)) return false;
  if (error.name !== "RunletApiError" || !("status" in error)) return true;
  const status = Number(error.status);
  return status < 400 || status >= 500 || status === 408 || status === 429;
}
