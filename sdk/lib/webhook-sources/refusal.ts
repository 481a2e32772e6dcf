import type { WebhookFault } from "../webhook-source.ts";

/** Ends the look at a request that is not taken for one of the provider. `message` is for the log: it names no secret. */
export class Refusal extends Error {
  readonly fault: WebhookFault;
  constructor(fault: WebhookFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
