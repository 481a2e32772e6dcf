import type { WebhookRequest } from "../webhook-source.ts";
import { decodeBase64, joinBytes } from "./byte-text.ts";
import { fitsEd25519 } from "./ed25519.ts";
import { readIdHeader, readSignatureHeader } from "./header.ts";
import { fitsHmac } from "./hmac.ts";
import { Refusal } from "./refusal.ts";
import { readTimestampHeader } from "./timestamp.ts";

/** Items of a version that are looked at: with a public key each costs a hash of the body. Nobody signs with more keys. */
const MOST_SIGNATURES = 5;
/** Some show it with the version of the signature before it. */
const SECRET = /^(?:v1,)?whsec_/;
const PUBLIC_KEY = /^whpk_/;

/**
 * The id of a delivery that is signed as Standard Webhooks has it, in headers that begin with `prefix`. A signature counts
 * if it is one of any of the secrets: HMAC (`v1`) for a secret in base64, `whsec_` before it or not, Ed25519 (`v1a`) for a
 * public key that begins with `whpk_`.
 */
export async function verifyStandard(
  request: WebhookRequest,
  prefix: "webhook" | "svix",
  secrets: readonly string[],
  toleranceMs: number,
): Promise<string> {
  const header = `${prefix}-signature`;
  const items = readSignatureHeader(request, header).split(" ");
  const id = readIdHeader(request, `${prefix}-id`);
  if (id === undefined) throw new Refusal("signature_missing", `The header ${prefix}-id is missing.`);
  const timestamp = readTimestampHeader(request, `${prefix}-timestamp`, toleranceMs);

  const signed = joinBytes(id, ".", timestamp, ".", request.body);
  const signaturesOf = (version: string) =>
    items
      .filter((item) => item.startsWith(version))
      .slice(0, MOST_SIGNATURES)
      .flatMap((item) => decodeBase64(item.slice(version.length)) ?? []);
  const isPublicKey = (secret: string) => PUBLIC_KEY.test(secret);
  const keys = secrets.filter((secret) => !isPublicKey(secret)).map((secret) => decodeKey(secret, SECRET));
  const publicKeys = secrets.filter(isPublicKey).map((secret) => decodeKey(secret, PUBLIC_KEY));
  if (await fitsHmac("sha256", keys.flat(), signed, signaturesOf("v1,"))) return id;
  if (await fitsEd25519(publicKeys.flat(), signed, signaturesOf("v1a,"))) return id;

  const unreadable = [...keys, ...publicKeys].some((key) => key.length === 0);
  const why = unreadable ? " A secret that is set is not base64." : "";
  throw new Refusal("signature_invalid", `The header ${header} holds no signature of this delivery.${why}`);
}

/** No bytes for a secret that stands for none. */
function decodeKey(secret: string, prefix: RegExp): readonly Uint8Array[] {
  const bytes = decodeBase64(secret.replace(prefix, ""));
  return bytes === undefined ? [] : [bytes];
}
