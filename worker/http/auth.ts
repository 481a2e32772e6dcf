import type { Env } from "../env.ts";
import { Refusal } from "./refusal.ts";

const ENCODER = new TextEncoder();

interface KeyRing {
  readonly configured: string;
  readonly keys: readonly { readonly key: string; readonly bytes: Uint8Array }[];
}

/** The configured keys; what is configured does not change while an isolate lives. */
let ring: KeyRing = { configured: "", keys: [] };

/**
 * The secret key with which the request came. Throws a Refusal when it is none of `RUNLET_SECRET_KEY` (401), or when
 * none is configured (503). All of them are compared, in constant time; how long they are is no secret.
 */
export function authorize(request: Request, env: Env): string {
  const keys = configuredKeys(env.RUNLET_SECRET_KEY ?? "");
  if (keys.length === 0) {
    const message =
      "This deployment has no secret key. Set RUNLET_SECRET_KEY: `wrangler secret put RUNLET_SECRET_KEY`, or an " +
      "environment variable for a local start.";
    throw new Refusal(503, "no_secret_key", message, { "x-should-retry": "false" });
  }
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (given === undefined) throw unauthorized("missing_key", "Send a secret key: `Authorization: Bearer <key>`.");
  const bytes = ENCODER.encode(given);
  let match: string | undefined;
  for (const candidate of keys) {
    const isAsLong = candidate.bytes.byteLength === bytes.byteLength;
    if (isAsLong && crypto.subtle.timingSafeEqual(bytes, candidate.bytes)) match = candidate.key;
  }
  if (match === undefined) throw unauthorized("invalid_key", "The secret key is not one of this deployment.");
  return match;
}

function configuredKeys(configured: string): KeyRing["keys"] {
  if (ring.configured === configured) return ring.keys;
  const names = configured.split(",").map((key) => key.trim());
  ring = { configured, keys: names.filter((key) => key !== "").map((key) => ({ key, bytes: ENCODER.encode(key) })) };
  return ring.keys;
}

function unauthorized(code: string, message: string): Refusal {
  return new Refusal(401, code, message, { "www-authenticate": "Bearer" });
}
