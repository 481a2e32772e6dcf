import { encodeText } from "./byte-text.ts";
import { equalBytes } from "./equal-bytes.ts";

/** Whether it is one of the secrets. How long it takes says nothing about them, their length included. */
export async function fitsSecret(given: string, secrets: readonly string[]): Promise<boolean> {
  const digest = await sha256(encodeText(given));
  let fits = false;
  for (const secret of secrets) {
    if (equalBytes(digest, await sha256(encodeText(secret)))) fits = true;
  }
  return fits;
}

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
