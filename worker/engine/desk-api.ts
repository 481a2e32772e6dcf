import type { WebhookMatch } from "../core/webhook-match.ts";

/** A run that waits for an event of an endpoint: the token is completed with it. */
export interface Waiter {
  readonly token: string;
  readonly run: string;
  readonly match: WebhookMatch;
  /** When the token times out, ms. */
  readonly until: number;
}

/** A delivery, as those get it who wait for it. */
export interface ToldDelivery {
  readonly id: string;
  /** When it was made, ms: the same when it is told again. */
  readonly at: number;
  /** How long it is kept for those who begin to wait later, ms. */
  readonly windowMs: number;
  /** `{ event, headers, deliveryId }` as JSON text. */
  readonly body: string;
}

/** What the desk of an endpoint answers to. Every call may be made twice. */
export interface DeskApi {
  /** Completes the token with the next delivery that fits, or with one that came just before. */
  wait(waiter: Waiter): Promise<void>;
  /** Gives the delivery to those who wait for it: once this has resolved it is stored that they are to have it. */
  tell(delivery: ToldDelivery): Promise<void>;
}
