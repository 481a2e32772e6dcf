import type { Env } from "../env.ts";

const HASH_LENGTH = 32;

/** What the address for callbacks of a token has in it, by which it is known that it was given out here. */
export async function callbackHash(env: Env, id: string): Promise<string> {
  const [key = ""] = secretKeys(env);
  return sign(key, id);
}

/** Whether the hash is that of the token, made with any of the deployment's keys. */
export async function isCallbackHash(env: Env, id: string, hash: string): Promise<boolean> {
  if (hash.length !== HASH_LENGTH) return false;
  const given = new TextEncoder().encode(hash);
  let isRight = false;
  for (const key of secretKeys(env)) {
    const right = new TextEncoder().encode(await sign(key, id));
    if (given.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(given, right)) isRight = true;
  }
  return isRight;
}

function secretKeys({ RUNLET_SECRET_KEY = "" }: Env): string[] {
  return RUNLET_SECRET_KEY.split(",")
    .map((key) => key.trim())
    .filter((key) => key !== "");
}

async function sign(key: string, id: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = new TextEncoder().encode(key === "" ? "no key" : key);
  const signer = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", signer, new TextEncoder().encode(`callback of ${id}`));
  return Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, HASH_LENGTH);
}
