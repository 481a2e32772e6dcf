import type { RetryOptions } from "./definition.ts";
import { currentSurroundings } from "./pass-context.ts";
import { pause } from "./pause.ts";
import { retryDelay } from "./retry-delay.ts";
import { retryFetch, type RetryFetchInit } from "./retry-fetch.ts";
import { readRetry } from "./task-options.ts";

/** What `retry.onThrow` tells the function. */
export interface ThrowAttempt {
  /** 1 in the first attempt. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

/**
 * Trying again in place, without a new attempt of the run. The pauses are waited for in process, so inside a task use
 * these in a step; a run that is cancelled ends them. Usable anywhere.
 */
export const retry = {
  /**
   * Calls `fn` until it does not throw, as often as `options.maxAttempts` says (default 3), with the pauses of a task's
   * `retry`. Rejects with the last error; an `AbortTaskRunError` is not tried again. Rejects with a `RunletError` for
   * options out of range.
   */
  async onThrow<T>(fn: (attempt: ThrowAttempt) => T | Promise<T>, options?: RetryOptions): Promise<T> {
    const policy = readRetry(options, "retry.onThrow()");
    const signal = currentSurroundings()?.pass?.signal;
    const { maxAttempts } = policy;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await fn({ attempt, maxAttempts });
      } catch (error) {
        if (attempt >= maxAttempts || (error instanceof Error && error.name === "AbortTaskRunError")) throw error;
      }
      await pause(retryDelay(policy, attempt, Math.random()), signal);
    }
  },

  /**
   * As `fetch`, but what fails on the way is tried again: answers by their status, requests that get none, and those that
   * take longer than `timeoutInMs`. `Retry-After` is honoured. Gives the last answer whatever its status, or rejects with
   * the last error; no more than ten requests are made, and a pause over five minutes is not waited for. Rejects with a
   * `RunletError` for options that are unknown or out of range, and with the signal's reason when the run is cancelled.
   */
  fetch(input: string | URL | Request, init?: RetryFetchInit): Promise<Response> {
    return retryFetch(input, init);
  },
};
