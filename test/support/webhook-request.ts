import type { WebhookRequest, WebhookSource, WebhookVerdict } from "../../sdk/index.ts";

/** A request as a test writes it down. */
export interface Sent {
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly method?: string;
}

/** When requests of tests come, unless they say otherwise: a moment that no clock of a machine is near. */
export const RECEIVED_AT = Date.UTC(2031, 4, 6, 7, 8, 9);

export function requestOf({ body, headers, url, method }: Sent, receivedAt = RECEIVED_AT): WebhookRequest {
  return {
    method: method ?? "POST",
    url: new URL(url ?? "https://worker.example/webhooks/test"),
    headers: new Headers(headers),
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    receivedAt,
  };
}

export function verify(
  source: WebhookSource,
  sent: Sent,
  secrets: string | readonly string[],
  receivedAt?: number,
): Promise<WebhookVerdict> {
  return source.verify(requestOf(sent, receivedAt), [secrets].flat());
}
