import type { WebhookRequest } from "../webhook-source.ts";
import { Refusal } from "./refusal.ts";

/** Characters of a header that are looked at; a longer one is refused unread. */
const MAX_HEADER = 4096;
const DELIVERY_ID = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;

/** The header with a signature or a secret. */
export function readSignatureHeader(request: WebhookRequest, name: string): string {
  const value = readHeader(request, name);
  if (value === undefined) throw new Refusal("signature_missing", `The header ${name} is missing.`);
  return value;
}

/** Undefined for one that is missing or empty. */
export function readHeader({ headers }: WebhookRequest, name: string): string | undefined {
  const value = headers.get(name);
  if (value === null || value === "") return undefined;
  if (value.length <= MAX_HEADER) return value;
  throw new Refusal(
    "signature_invalid",
    `The header ${name} has ${value.length} characters; the limit is ${MAX_HEADER}.`,
  );
}

/**
 * What the provider calls the delivery, from a header; undefined where there is none. A header that came twice reads as one
 * with a comma, which no id has.
 */
export function readIdHeader(request: WebhookRequest, name: string): string | undefined {
  const id = readHeader(request, name);
  if (id === undefined || DELIVERY_ID.test(id)) return id;
  throw new Refusal("signature_invalid", `The header ${name} holds no id.`);
}
