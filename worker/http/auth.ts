import type { Env } from "../env.ts";
import { Refusal } from "./refusal.ts";

interface KeyRing {
  readonly configured: string;
  readonly keys: readonly { readonly key: string; readonly digest: ArrayBuffer }[];
}

/** The digests of the configured keys; what is configured does not change while an isolate lives. */
let ring: KeyRing = { configured: "", keys: [] };

/**
 * The secret key with which the request came. Throws a Refusal when it is none of `RUNLET_SECRET_KEY` (401), or when
 * none is configured (503). Keys are compared as digests, all of them, in constant time.
 */
export async function authorize(request: Request, env: Env): Promise<string> {
  const keys = await configuredKeys(env.RUNLET_SECRET_KEY ?? "");
  if (keys.length === 0) {
    const message =
      "This deployment has no secret key. Set RUNLET_SECRET_KEY: `wrangler secret put RUNLET_SECRET_KEY`, or an " +
      "environment variable for a local start.";
    throw new Refusal(503, "no_secret_key", message, { "x-should-retry": "false" });
  }
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (given === undefined) throw unauthorized("missing_key", "Send a secret key: `Authorization: Bearer <key>`.");
  const digest = await digestOf(given);
  let match: string | undefined;
  for (const candidate of keys) {
    if (crypto.subtle.timingSafeEqual(digest, candidate.digest)) match = candidate.key;
  }
  if (match === undefined) throw unauthorized("invalid_key", "The secret key is not one of this deployment.");
  return match;
}

async function configuredKeys(configured: string): Promise<KeyRing["keys"]> {
  if (ring.configured === configured) return ring.keys;
  const names = configured.split(",").map((key) => key.trim());
  const keys = names.filter((key) => key !== "").map(async (key) => ({ key, digest: await digestOf(key) }));
  ring = { configured, keys: await Promise.all(keys) };
  return ring.keys;
}

function digestOf(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

function unauthorized(code: string, message: string): Refusal {
  return new Refusal(401, code, message, { "www-authenticate": "Bearer" });
}
