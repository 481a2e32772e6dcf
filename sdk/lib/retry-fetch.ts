import { readFetchRetry, type FetchPolicy, type FetchRetryOptions } from "./fetch-strategy.ts";
import { RunletError } from "./errors.ts";
import { pause } from "./pause.ts";
import { currentSurroundings } from "./pass-context.ts";
import { readResetTime, readRetryAfter } from "./reset-time.ts";
import { retryDelay } from "./retry-delay.ts";
import { matchesStatus } from "./status-pattern.ts";

/** Whatever the options say, no more requests are made. */
const MOST_ATTEMPTS = 10;
/** A pause that a server asks for is not waited for if it is longer: a pass is no place to wait in. */
const LONGEST_PAUSE_MS = 5 * 60_000;

/** What `retry.fetch` takes beside what `fetch` does. */
export interface RetryFetchInit extends RequestInit {
  readonly retry?: FetchRetryOptions;
  /** A request that has no answer after so many milliseconds is given up, and tried again. Default: never. */
  readonly timeoutInMs?: number;
}

/** As `fetch`, trying again what fails on the way. */
export async function retryFetch(input: string | URL | Request, init: RetryFetchInit = {}): Promise<Response> {
  const { retry, timeoutInMs, ...plain } = init;
  const policy = readFetchRetry(retry);
  if (timeoutInMs !== undefined && !(Number.isFinite(timeoutInMs) && timeoutInMs > 0)) {
    throw new RunletError("timeoutInMs of retry.fetch() must be milliseconds, more than 0.");
  }
  const { signal: own, ...rest } = plain;
  // Throws for what is wrong with the request itself, which would be wrong again.
  const { method, headers } = rest;
  if (!(input instanceof Request)) void new Request(input, { ...(method && { method }), ...(headers && { headers }) });
  const run = currentSurroundings()?.pass?.signal;
  const given = own ?? (input instanceof Request ? input.signal : undefined);
  const stop = AbortSignal.any([run, given].filter((signal) => signal !== undefined));
  // A stream can be read once, so the request cannot be made again.
  const mostAttempts = rest.body instanceof ReadableStream ? 1 : MOST_ATTEMPTS;

  for (let attempt = 1; ; attempt += 1) {
    stop.throwIfAborted();
    const { signal, isTimedOut, settle } = withTimeout(stop, timeoutInMs);
    let response: Response | undefined;
    let failure: unknown;
    try {
      response = await fetch(input instanceof Request ? input.clone() : input, { ...rest, signal });
    } catch (error) {
      failure = error;
    } finally {
      settle();
    }
    if (response === undefined) stop.throwIfAborted();
    const delayMs =
      response === undefined
        ? delayAfterFailure(isTimedOut() ? policy.timeout : policy.connectionError, attempt)
        : delayAfter(response, policy, attempt, Date.now());
    if (delayMs === undefined || attempt >= mostAttempts || delayMs > LONGEST_PAUSE_MS) {
      if (response === undefined) throw failure;
      return response;
    }
    await response?.body?.cancel();
    await pause(delayMs, stop);
  }
}

/** How long to wait before the request is made again; undefined when the answer is to be taken as it is. */
export function delayAfter(
  { ok, status, headers }: Pick<Response, "ok" | "status" | "headers">,
  policy: FetchPolicy,
  attempt: number,
  now: number,
): number | undefined {
  const found = ok ? undefined : policy.byStatus.find(({ pattern }) => matchesStatus(status, pattern));
  if (found === undefined) return undefined;
  const after = headers.get("retry-after");
  const asked = after === null ? undefined : readRetryAfter(after, now);
  if (found.strategy === "backoff") {
    if (attempt >= found.policy.maxAttempts) return undefined;
    return asked === undefined ? retryDelay(found.policy, attempt, Math.random()) : Math.max(0, asked - now);
  }
  const reset = headers.get(found.header);
  const until = (reset === null ? undefined : readResetTime(reset, found.format, now)) ?? asked;
  return until === undefined ? undefined : Math.max(0, until - now);
}

function delayAfterFailure(policy: FetchPolicy["timeout"], attempt: number): number | undefined {
  if (policy === undefined || attempt >= policy.maxAttempts) return undefined;
  return retryDelay(policy, attempt, Math.random());
}

function withTimeout(stop: AbortSignal, ms: number | undefined) {
  const aborter = new AbortController();
  let isTimedOut = false;
  const timer =
    ms === undefined
      ? undefined
      : setTimeout(() => {
          isTimedOut = true;
          aborter.abort(new DOMException(`The request had no answer after ${ms} ms.`, "TimeoutError"));
        }, ms);
  // The timeout ends with the answer's head; stopping goes on to end its body.
  return {
    signal: AbortSignal.any([stop, aborter.signal]),
    isTimedOut: () => isTimedOut,
    settle: () => clearTimeout(timer),
  };
}
