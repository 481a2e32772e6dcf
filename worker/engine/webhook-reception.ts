import type { WebhookDoor } from "../../sdk/lib/door.ts";
import type { WebhookRequest } from "../../sdk/lib/webhook-source.ts";
import type { WebhookAnswer } from "./receive-webhook.ts";

/** Webhooks as the routes see them. */
export interface WebhookReception extends WebhookDoor {
  /** Whether there is an endpoint with this id. */
  has(endpoint: string): boolean;
  /** The address of an endpoint as its provider has it, for a request that came to `url`. */
  addressOf(url: string): URL;
  /** Throws a `WebhookRefusal` for what is not taken. */
  receive(endpoint: string, request: WebhookRequest): Promise<WebhookAnswer>;
}
