import { delayUntil } from "../../sdk/lib/delay.ts";
import type { Outcome } from "../../sdk/lib/journal.ts";
import type { TokenObject, TokenStatus } from "../../sdk/lib/wire.ts";
import { nextRoot, TOKEN_ROOT } from "../core/address.ts";
import type { Token } from "../core/entry.ts";
import { formatId } from "../core/ids.ts";
import { answersFor } from "../core/key-hold.ts";
import type { TokenRow } from "../storage/token-row.ts";
import { holdOf } from "./new-run.ts";
import type { Turn } from "./turn.ts";

/** A token to be made at the root of a group; with an idempotency key, unless another one holds that. */
export interface TokenCreation {
  readonly request: string;
  readonly tags: readonly string[];
  /** A duration, or an ISO 8601 date. */
  readonly timeout?: string;
  readonly idempotencyKey?: string;
  readonly idempotencyKeyTTL?: string;
  readonly isTime?: true;
}

export interface CreatedToken {
  readonly n: string;
  readonly isCached: boolean;
}

/** Makes the token, or answers with the one that holds its key, which may be completed. The same request finds its own. */
export function createToken(turn: Turn, { request, tags, timeout, isTime, ...key }: TokenCreation): CreatedToken {
  turn.write();
  const path = turn.scans.lastRoot(TOKEN_ROOT);
  const last = path === undefined ? undefined : turn.token(path);
  if (last !== undefined && (last.hold === undefined || answersFor(last.hold, undefined, request, turn.now))) {
    return { n: last.n, isCached: last.hold !== undefined && last.hold.request !== request };
  }
  const n = last === undefined ? TOKEN_ROOT : nextRoot(last.n);
  const record: Token = {
    n,
    tags,
    createdAt: turn.now,
    ...(timeout === undefined ? {} : { timeoutAt: delayUntil(timeout, turn.now) }),
    ...(isTime === undefined ? {} : { isTime }),
    ...holdOf(key, request, turn.now),
  };
  turn.add({ kind: "token", record }, { type: "application/json" });
  return { n, isCached: false };
}

/** Completes the token, if nothing has before: whoever waits for it goes on. False when there is no such token. */
export function completeToken(turn: Turn, n: string, outcome: Outcome & { ok: true }): boolean {
  const token = turn.token(n);
  if (token === undefined) return false;
  if (token.completedAt === undefined) turn.complete({ ...token, completedAt: turn.now }, outcome);
  return true;
}

/** Nobody has completed the token in time: whoever waits for it is told so. */
export function timeOutToken(turn: Turn, token: Token): void {
  const message = "The token was not completed before its timeout.";
  const outcome: Outcome = { ok: false, error: { name: "WaitpointTimeoutError", message } };
  turn.complete({ ...token, completedAt: turn.now, timedOut: true }, outcome);
}

/** A token as it is shown, without its address for callbacks. */
export function describeToken(turn: Turn, token: Token): Omit<TokenObject, "url"> {
  const { n, tags, createdAt, timeoutAt, completedAt, hold } = token;
  const outcome = completedAt === undefined ? undefined : turn.outcome(n);
  return {
    id: formatId("waitpoint", turn.groupShort, n),
    status: statusOf(token),
    tags: [...tags],
    createdAt: new Date(createdAt),
    ...(timeoutAt === undefined ? {} : { timeoutAt: new Date(timeoutAt) }),
    ...(completedAt === undefined ? {} : { completedAt: new Date(completedAt) }),
    ...(hold === undefined ? {} : { idempotencyKey: hold.key, idempotencyKeyExpiresAt: new Date(hold.until) }),
    ...(outcome === undefined ? {} : describeOutcome(outcome)),
  };
}

/** A token as the index knows it. */
export function tokenRow(turn: Turn, token: Token): TokenRow {
  return {
    id: formatId("waitpoint", turn.groupShort, token.n),
    createdAt: token.createdAt,
    status: statusOf(token),
    completedAt: token.completedAt ?? null,
    timeoutAt: token.timeoutAt ?? null,
    tags: token.tags,
    key: token.hold?.key ?? null,
    keyUntil: token.hold?.until ?? null,
  };
}

function statusOf({ completedAt, timedOut }: Pick<Token, "completedAt" | "timedOut">): TokenStatus {
  return completedAt === undefined ? "WAITING" : timedOut === true ? "TIMED_OUT" : "COMPLETED";
}

function describeOutcome(outcome: Outcome): Pick<TokenObject, "output" | "outputType" | "outputIsError"> {
  if (!outcome.ok) {
    return { output: JSON.stringify(outcome.error), outputType: "application/json", outputIsError: true };
  }
  const { data, type } = outcome.output;
  return { ...(data === undefined ? {} : { output: data }), outputType: type, outputIsError: false };
}
