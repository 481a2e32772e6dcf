import type { WebhookRequest, WebhookVerdict } from "../../sdk/lib/webhook-source.ts";

/** Longer names of providers are known by their digest. */
const MOST_ID_CHARACTERS = 512;

/** How a delivery that is sent again is known. */
export type WebhookIdentity = { readonly id: string } | { readonly digest: string };

export interface Identified {
  readonly identity: WebhookIdentity;
  readonly bodyHash: string;
}

/**
 * By the provider's name for the delivery; where it gives none, by what its source has verified: so two of one body that are
 * signed with different times are two, and nothing that who has caught a request may change makes a difference.
 */
export async function identify(
  { body }: Pick<WebhookRequest, "body">,
  { deliveryId, signed }: Pick<Extract<WebhookVerdict, { type: "event" }>, "deliveryId" | "signed">,
): Promise<Identified> {
  const bodyHash = await sha256(body);
  if (deliveryId !== undefined && deliveryId !== "") {
    const id = deliveryId.length <= MOST_ID_CHARACTERS ? deliveryId : `sha256:${await sha256(encode(deliveryId))}`;
    return { identity: { id }, bodyHash };
  }
  return { identity: { digest: signed instanceof Uint8Array ? await sha256(signed) : bodyHash }, bodyHash };
}

/** In hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
