import { WEBHOOK_SECRETS } from "./webhook-secrets.ts";

/** What to send: text as it is, all else as JSON. */
export interface SignedOrder {
  readonly body: unknown;
  readonly deliveryId?: string | undefined;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request to an endpoint of the shop, signed as it should be. */
export async function signOrder({
  body,
  deliveryId,
  secret = WEBHOOK_SECRETS.ORDERS_SECRET,
  headers = {},
}: SignedOrder): Promise<RequestInit & { readonly body: string; readonly headers: Readonly<Record<string, string>> }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    method: "POST",
    body: text,
    headers: {
      "content-type": "application/json",
      "x-orders-signature": `sha256=${await hmacHex(secret, text)}`,
      ...(deliveryId === undefined ? {} : { "x-orders-delivery": deliveryId }),
      ...headers,
    },
  };
}

export async function hmacHex(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
