import type { WebhookRequest } from "../webhook-source.ts";
import { decodeBytes, encodeText, type ByteEncoding } from "./byte-text.ts";
import { readSignatureHeader } from "./header.ts";
import { fitsHmac, type HmacAlgorithm } from "./hmac.ts";
import { Refusal } from "./refusal.ts";

/** A header that holds one HMAC, with the secret itself as the key. */
export interface SignatureHeader {
  readonly name: string;
  readonly encoding: ByteEncoding;
  /** What stands before it. Default: nothing. */
  readonly prefix?: string;
  /** Default: sha256. */
  readonly algorithm?: HmacAlgorithm;
}

/** Refuses a request unless the header holds the signature of `signed` with one of the secrets. */
export async function refuseUnlessSigned(
  request: WebhookRequest,
  secrets: readonly string[],
  { name, encoding, prefix = "", algorithm = "sha256" }: SignatureHeader,
  signed: Uint8Array,
): Promise<void> {
  const text = readSignatureHeader(request, name);
  const signature = text.startsWith(prefix) ? decodeBytes(text.slice(prefix.length), encoding) : undefined;
  if (signature !== undefined && (await fitsHmac(algorithm, secrets.map(encodeText), signed, [signature]))) return;
  throw new Refusal("signature_invalid", `The header ${name} is no signature of this request.`);
}
