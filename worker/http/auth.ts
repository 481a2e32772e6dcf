import type { Env } from "../env.ts";
import { Refusal } from "./refusal.ts";

/** Headers that carried a key before, each with its key; they are good for as long as the same keys are configured. */
let accepted: { configured: string; headers: readonly AcceptedHeader[] } = { configured: "", headers: [] };

interface AcceptedHeader {
  readonly header: string;
  readonly key: string;
}

/**
 * The secret key with which the request came. Throws a Refusal when it is none of `RUNLET_SECRET_KEY` (401), or when
 * none is configured (503). Keys are compared as digests, all of them; a header that has passed is known again, in constant time.
 */
export function authorize(request: Request, env: Env): string | Promise<string> {
  const header = request.headers.get("authorization") ?? "";
  const configured = env.RUNLET_SECRET_KEY ?? "";
  const known =
    accepted.configured === configured ? accepted.headers.find((one) => isSame(one.header, header)) : undefined;
  return known === undefined ? authorizeAnew(header, configured) : known.key;
}

async function authorizeAnew(header: string, configured: string): Promise<string> {
  const keys = configured.split(",").flatMap((key) => key.trim() || []);
  if (keys.length === 0) {
    const message =
      "This deployment has no secret key. Set RUNLET_SECRET_KEY: `wrangler secret put RUNLET_SECRET_KEY`, or an " +
      "environment variable for a local start.";
    throw new Refusal(503, "no_secret_key", message, { "x-should-retry": "false" });
  }
  const given = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (given === undefined) throw unauthorized("missing_key", "Send a secret key: `Authorization: Bearer <key>`.");
  const key = await keyLike(given, keys);
  if (key === undefined) throw unauthorized("invalid_key", "The secret key is not one of this deployment.");
  const others = accepted.configured === configured ? accepted.headers.filter((one) => one.key !== key) : [];
  accepted = { configured, headers: [...others, { header, key }] };
  return key;
}

async function keyLike(given: string, keys: readonly string[]): Promise<string | undefined> {
  const digest = await digestOf(given);
  const digests = await Promise.all(keys.map(digestOf));
  let found: string | undefined;
  for (const [i, key] of keys.entries()) {
    const other = digests[i];
    if (other !== undefined && crypto.subtle.timingSafeEqual(digest, other)) found = key;
  }
  return found;
}

function digestOf(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

/** In a time that tells only whether the lengths are equal. */
function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

function unauthorized(code: string, message: string): Refusal {
  return new Refusal(401, code, message, { "www-authenticate": "Bearer" });
}
