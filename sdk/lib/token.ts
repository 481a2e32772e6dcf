import { readDelay } from "./delay.ts";
import { RunletApiError, reviveError } from "./errors.ts";
import { readKey } from "./hash-key.ts";
import type { ErrorInfo, Outcome } from "./journal.ts";
import { makeOnce } from "./make-once.ts";
import { decodePacket } from "./packet.ts";
import { currentSurroundings } from "./pass-context.ts";
import { encodePayload } from "./payload-limit.ts";
import { LazyPromise } from "./lazy-promise.ts";
import { readBatchOptions, readTriggerOptions } from "./trigger-options.ts";
import { currentPass, doorOf } from "./trigger.ts";
import type { TokenObject } from "./wire.ts";

/** What `wait.createToken` takes. */
export interface TokenOptions {
  /** When the token is given up: a duration ("10m", "7d"), an ISO 8601 date or a `Date`. Default: never. */
  readonly timeout?: string | Date | undefined;
  /** Tokens with one key are one token, which may be completed already. As the key of a trigger. */
  readonly idempotencyKey?: string | readonly string[] | undefined;
  /** How long the key is held, as a duration. Default 30 days. */
  readonly idempotencyKeyTTL?: string | undefined;
  /** One, or up to 10, of 1-128 characters each. */
  readonly tags?: string | readonly string[] | undefined;
}

/** A token that was made. */
export interface CreatedToken {
  readonly id: string;
  /** A POST to it, by anybody and with any body, completes the token: give it to another service as its webhook. */
  readonly url: string;
  /** True when the key was held by a token that was there before. */
  readonly isCached: boolean;
}

/** A token as it is now. `output` is what it was completed with; `error` is set once it has timed out. */
export interface RetrievedToken<Output = unknown> {
  readonly id: string;
  readonly url: string;
  readonly status: TokenObject["status"];
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly timeoutAt?: Date;
  readonly completedAt?: Date;
  readonly idempotencyKey?: string;
  readonly idempotencyKeyExpiresAt?: Date;
  readonly output?: Output;
  readonly error?: Error;
}

/** What came of a token: what it was completed with, or that nobody has in time. */
export type TokenResult<Output> =
  { readonly ok: true; readonly output: Output } | { readonly ok: false; readonly error: Error };

/** A token, or its id. */
export type TokenReference = string | { readonly id: string };

/** The wait for a token. Awaited, it gives `{ ok, output | error }`. */
export class TokenPromise<Output> extends LazyPromise<TokenResult<Output>> {
  /** What the token was completed with. Throws the error when it was not in time. */
  unwrap(): Promise<Output> {
    return new LazyPromise(() =>
      this.then((result) => {
        if (result.ok) return result.output;
        throw result.error;
      }),
    );
  }
}

/**
 * Makes a token that others complete, by `wait.completeToken` or a POST to its `url`. Usable anywhere; inside a task it is
 * made once, however often the code is replayed. Throws a `RunletApiError` (400) that names an option out of range.
 */
export async function createToken(options: TokenOptions = {}): Promise<CreatedToken> {
  const { tags, timeout, idempotencyKey, ...rest } = options;
  const read = timeout === undefined ? undefined : readDelay(timeout);
  if (timeout !== undefined && read === undefined) {
    const message = 'Option "timeout" must be a duration such as "30s" or "2d", an ISO 8601 date, or a Date.';
    throw new RunletApiError(400, "invalid_option", message);
  }
  const hashed = idempotencyKey === undefined ? {} : { idempotencyKey: readKey(idempotencyKey) };
  const request = {
    tags: readTriggerOptions({ tags }).tags ?? [],
    ...(read === undefined ? {} : { timeout: read }),
    ...readBatchOptions({ ...rest, ...hashed }),
  };
  return makeOnce("wait.createToken", (door, requestKey) => door.createToken({ ...request, requestKey }));
}

/**
 * Waits until the token is completed, or has timed out; one that was completed before is given at once. Only inside a task:
 * elsewhere it rejects with `OutsideTaskError`.
 */
export function forToken<Output = unknown>(token: TokenReference): TokenPromise<Output> {
  try {
    const pass = currentPass("wait.forToken", "Use wait.retrieveToken() here.");
    const begun = pass.waitForToken(idOf(token));
    return new TokenPromise<Output>(() => begun.then((outcome) => resultOf<Output>(outcome)));
  } catch (error) {
    const rejection = Promise.reject(error);
    return new TokenPromise<Output>(() => rejection);
  }
}

/**
 * Completes a token with a value: whoever waits for it goes on with that. One that is completed, or has timed out, stays as it
 * is. Throws a `RunletApiError`: 404 for an unknown token, 413 over 3 MiB.
 */
export async function completeToken(token: TokenReference, data?: unknown): Promise<{ readonly success: true }> {
  await doorOf(currentSurroundings()).completeToken(idOf(token), encodePayload(data));
  return { success: true };
}

/** The token as it is now. Throws a `RunletApiError` (404) for an unknown one. */
export async function retrieveToken<Output = unknown>(token: TokenReference): Promise<RetrievedToken<Output>> {
  const found = await doorOf(currentSurroundings()).retrieveToken(idOf(token));
  const { output, outputType = "application/json", outputIsError, ...rest } = found;
  if (found.status === "WAITING") return rest as RetrievedToken<Output>;
  const packet = { type: outputType, ...(output === undefined ? {} : { data: output }) };
  if (outputIsError === true) {
    const error = reviveError(decodePacket(packet) as ErrorInfo);
    return { ...(rest as RetrievedToken<Output>), error };
  }
  return { ...(rest as RetrievedToken<Output>), output: decodePacket(packet) as Output };
}

/** What a token came to, as a wait for it gives it. */
export function resultOf<Output>(outcome: Outcome): TokenResult<Output> {
  if (outcome.ok) return { ok: true, output: decodePacket(outcome.output) as Output };
  return { ok: false, error: reviveError(outcome.error) };
}

function idOf(token: TokenReference): string {
  return typeof token === "string" ? token : token.id;
}
