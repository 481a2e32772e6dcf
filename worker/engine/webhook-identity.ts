import type { WebhookRequest, WebhookSource } from "../../sdk/lib/webhook-source.ts";

/** Longer names of providers are known by their digest. */
const MOST_ID_CHARACTERS = 512;

/** How a delivery that is sent again is known. */
export type WebhookIdentity = { readonly id: string } | { readonly digest: string };

export interface Identified {
  readonly identity: WebhookIdentity;
  readonly bodyHash: string;
}

/**
 * By the provider's name for the delivery; where it gives none, by its body and what its source takes for a signature or secret:
 * so two of one body that are signed with different times are two, and nothing that is not verified makes a difference.
 */
export async function identify(
  { headers, body }: WebhookRequest,
  { credentials }: Pick<WebhookSource, "credentials">,
  deliveryId: string | undefined,
): Promise<Identified> {
  const bodyHash = await sha256(body);
  if (deliveryId !== undefined && deliveryId !== "") {
    const id = deliveryId.length <= MOST_ID_CHARACTERS ? deliveryId : `sha256:${await sha256(encode(deliveryId))}`;
    return { identity: { id }, bodyHash };
  }
  const signed = [...headers].filter(([name]) => credentials.headers.includes(name));
  return { identity: { digest: await sha256(encode(JSON.stringify([bodyHash, signed]))) }, bodyHash };
}

/** In hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
