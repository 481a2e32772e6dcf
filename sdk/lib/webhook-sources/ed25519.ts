import { decodeBytes } from "./byte-text.ts";

/** A public key as hexadecimal text or base64; no bytes for what is neither. */
export function decodePublicKey(text: string): readonly Uint8Array[] {
  const bytes = decodeBytes(text, "hex") ?? decodeBytes(text, "base64");
  return bytes === undefined ? [] : [bytes];
}

/** Whether one of the signatures is that of `signed` with the private half of one of the keys. */
export async function fitsEd25519(
  publicKeys: readonly Uint8Array[],
  signed: Uint8Array,
  signatures: readonly Uint8Array[],
): Promise<boolean> {
  for (const publicKey of publicKeys) {
    const key = await importKey(publicKey);
    if (key === undefined) continue;
    for (const signature of signatures) {
      if (await crypto.subtle.verify("Ed25519", key, signature, signed)) return true;
    }
  }
  return false;
}

/** None for bytes that are no key. */
async function importKey(bytes: Uint8Array): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey("raw", bytes, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return undefined;
  }
}
