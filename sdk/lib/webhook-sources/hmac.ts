import { equalBytes } from "./equal-bytes.ts";

export type HmacAlgorithm = "sha1" | "sha256" | "sha512";

const HASHES = { sha1: "SHA-1", sha256: "SHA-256", sha512: "SHA-512" } as const;

/**
 * Whether one of the signatures is that of `signed` with one of the keys. It hashes `signed` once for each key, however
 * many signatures a stranger has put into a request, and takes the same time for all that do not fit.
 */
export async function fitsHmac(
  algorithm: HmacAlgorithm,
  keys: readonly Uint8Array[],
  signed: Uint8Array,
  signatures: readonly Uint8Array[],
): Promise<boolean> {
  if (signatures.length === 0) return false;
  let fits = false;
  for (const key of keys) {
    const mac = await hmac(algorithm, key, signed);
    for (const signature of signatures) {
      if (equalBytes(mac, signature)) fits = true;
    }
  }
  return fits;
}

async function hmac(algorithm: HmacAlgorithm, key: Uint8Array, signed: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: HASHES[algorithm] }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, signed));
}
