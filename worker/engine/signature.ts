import type { Env } from "../env.ts";

const LENGTH = 32;

/** What is given out with a text, by which it is known that it was given out here: made with the deployment's first key. */
export async function signText(env: Env, text: string): Promise<string> {
  const [key = ""] = secretKeys(env);
  return sign(key, text);
}

/** Whether it is the signature of the text, made with any of the deployment's keys. */
export async function isSignedText(env: Env, text: string, signature: string): Promise<boolean> {
  if (signature.length !== LENGTH) return false;
  const given = new TextEncoder().encode(signature);
  let isRight = false;
  for (const key of secretKeys(env)) {
    const right = new TextEncoder().encode(await sign(key, text));
    if (given.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(given, right)) isRight = true;
  }
  return isRight;
}

function secretKeys({ RUNLET_SECRET_KEY = "" }: Env): string[] {
  return RUNLET_SECRET_KEY.split(",")
    .map((key) => key.trim())
    .filter((key) => key !== "");
}

async function sign(key: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = new TextEncoder().encode(key === "" ? "no key" : key);
  const signer = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", signer, new TextEncoder().encode(text));
  return Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, LENGTH);
}
