import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { RunletApiError } from "./errors.ts";
import { currentSurroundings } from "./pass-context.ts";

/**
 * How far a key reaches. `run`: this run, through all its attempts; outside of a task, everywhere. `attempt`: this attempt of
 * this run. `global`: everywhere.
 */
export type IdempotencyScope = "run" | "attempt" | "global";

/** A key as it travels: 64 hex digits, which stand for what it was made of. */
export type IdempotencyKey = string & { readonly [BRAND]?: never };
declare const BRAND: unique symbol;

const HASHED = /^[0-9a-f]{64}$/;
const SCOPES: readonly unknown[] = ["run", "attempt", "global"];

/** Whether it is a key already, and not what one is made of. */
export function isHashed(key: unknown): key is IdempotencyKey {
  return typeof key === "string" && HASHED.test(key);
}

/** The key that was given with a trigger, as it travels. Throws a `RunletApiError` (400) for what is no key. */
export function readKey(key: unknown): IdempotencyKey {
  return isHashed(key) ? key : hashKey(key as string | readonly string[], "run");
}

/** A key within a scope, as `idempotencyKeys.create` tells. */
export function hashKey(key: string | readonly string[], scope: IdempotencyScope): IdempotencyKey {
  const parts: readonly unknown[] = Array.isArray(key) ? key : [key];
  if (parts.length === 0 || !parts.every((part) => typeof part === "string" && part !== "")) {
    throw new RunletApiError(
      400,
      "invalid_option",
      'Option "idempotencyKey" must be a text, or several, none of them empty.',
    );
  }
  if (!SCOPES.includes(scope)) {
    throw new RunletApiError(400, "invalid_option", 'The scope of an idempotency key is "run", "attempt" or "global".');
  }
  return bytesToHex(sha256(utf8ToBytes([...parts, ...reach(scope)].join("-"))));
}

/** What a scope adds to a key. */
function reach(scope: IdempotencyScope): string[] {
  const ctx = currentSurroundings()?.pass?.ctx;
  if (scope === "global") return [];
  if (ctx !== undefined) return scope === "run" ? [ctx.run.id] : [ctx.run.id, String(ctx.attempt.number)];
  if (scope === "run") return [];
  throw new RunletApiError(
    400,
    "invalid_option",
    'An idempotency key of scope "attempt" can be made inside a task only.',
  );
}
