import { RunletApiError, RunletError } from "./errors.ts";
import { pause } from "./pause.ts";

/** How often and how fast a request is tried again. Times are in milliseconds. */
export interface Pacing {
  readonly attempts: number;
  readonly minDelayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  pause(ms: number): Promise<void>;
  /** 0 to 1, for the jitter after a rate limit. */
  random(): number;
  now(): number;
}

/** Five attempts, with pauses of 1, 1.6, 2.56 and 4.1 s. */
export const DEFAULT_PACING: Pacing = {
  attempts: 5,
  minDelayMs: 1000,
  factor: 1.6,
  maxDelayMs: 30_000,
  pause,
  random: Math.random,
  now: Date.now,
};

/** A pause that a server asks for is not longer than this. */
const MAX_ASKED_DELAY_MS = 5 * 60_000;

/** One request with what it is to give. */
export interface Exchange<T> {
  /** Called once for each attempt. A `RunletError` that it throws is not retried, any other is: no answer came. */
  send(): Promise<Response>;
  /** Takes the JSON of a good answer. What it throws is not retried, but for a `RetryLater`. */
  read(body: unknown): T;
}

/** Thrown by `read` for an answer that is good but not final: try again, and fail with this when all was tried. */
export class RetryLater extends RunletApiError {}

type Failure = { readonly error: unknown; readonly retry: boolean; readonly askedDelayMs?: number | undefined };

/**
 * Sends a request until it is answered: no answer, 408, 409, 429 and 5xx are tried again, unless the answer's
 * `x-should-retry` says otherwise; it can also ask for a retry of any other failure. A 429 waits until its
 * `x-ratelimit-reset` (milliseconds since 1970) with up to a second of jitter, or for its `retry-after`.
 * Throws the last failure as a `RunletApiError`; its status is 0 when no answer came.
 */
export function exchange<T>({ send, read }: Exchange<T>, pacing: Pacing): Promise<T> {
  return keepTrying(async () => {
    const answer = await answerOf(send, async (response) => [response.status, await response.text()] as const, pacing);
    if (answer.failure !== undefined) return answer;
    try {
      const [status, text] = answer.value;
      return { value: read(parseJson(text, status)) };
    } catch (error) {
      return { failure: { error, retry: error instanceof RetryLater } };
    }
  }, pacing);
}

/** As `exchange`, for an answer that is read as it comes: where it breaks off later, that is the reader's affair. */
export function exchangeBody(send: Exchange<never>["send"], pacing: Pacing): Promise<Response["body"]> {
  return keepTrying(() => answerOf(send, async ({ body }) => body, pacing), pacing);
}

type Result<T> = { readonly failure: Failure } | { readonly failure?: undefined; readonly value: T };

async function keepTrying<T>(tryOnce: () => Promise<Result<T>>, pacing: Pacing): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const result = await tryOnce();
    if (result.failure === undefined) return result.value;
    const { error, retry, askedDelayMs } = result.failure;
    if (!retry || attempt >= pacing.attempts) throw error;
    await pacing.pause(askedDelayMs ?? Math.min(pacing.maxDelayMs, pacing.minDelayMs * pacing.factor ** (attempt - 1)));
  }
}

/** What `take` makes of a good answer. */
async function answerOf<T>(
  send: () => Promise<Response>,
  take: (response: Response) => Promise<T>,
  pacing: Pacing,
): Promise<Result<T>> {
  try {
    const response = await send();
    if (!response.ok) return { failure: toFailure(response, await response.text(), pacing) };
    return { value: await take(response) };
  } catch (thrown) {
    if (thrown instanceof RunletError) return { failure: { error: thrown, retry: false } };
    const message = `The platform could not be reached: ${reasonOf(thrown)}`;
    return { failure: { error: new RunletApiError(0, "network_error", message, { cause: thrown }), retry: true } };
  }
}

function toFailure(response: Response, text: string, pacing: Pacing): Failure {
  const { status, headers } = response;
  const asked = headers.get("x-should-retry");
  const retry = asked === null ? status === 408 || status === 409 || status === 429 || status >= 500 : asked === "true";
  return { error: toError(response, text), retry, askedDelayMs: askedDelay(status, headers, pacing) };
}

function toError(response: Response, text: string): RunletApiError {
  const { status, statusText } = response;
  try {
    const { error, code }: { error?: unknown; code?: unknown } = Object(JSON.parse(text));
    if (typeof error === "string") {
      return new RunletApiError(status, typeof code === "string" ? code : `http_${status}`, error);
    }
  } catch {
    // An answer that is not JSON comes from something in between: its text is shown as it is.
  }
  const message = `${status} ${statusText}`.trim() + (text === "" ? "" : `: ${text.slice(0, 200)}`);
  return new RunletApiError(status, `http_${status}`, message);
}

function askedDelay(status: number, headers: Headers, pacing: Pacing): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN);
  if (Number.isFinite(reset)) return bound(reset - pacing.now() + pacing.random() * 1000);
  const retryAfter = headers.get("retry-after");
  if (retryAfter === null) return undefined;
  const seconds = Number(retryAfter);
  const delay = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - pacing.now();
  return Number.isNaN(delay) ? undefined : bound(delay);
}

function bound(delayMs: number): number {
  return Math.min(MAX_ASKED_DELAY_MS, Math.max(0, delayMs));
}

function parseJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `The platform's answer is not JSON: ${text.slice(0, 200)}`;
    throw new RunletApiError(status, "invalid_answer", message, { cause });
  }
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? `${thrown.message} (${thrown.cause.message})` : thrown.message;
}
