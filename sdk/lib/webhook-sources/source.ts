import type { WebhookRequest, WebhookSource, WebhookVerdict } from "../webhook-source.ts";
import { Refusal } from "./refusal.ts";

interface SourceParts extends Pick<WebhookSource, "provider" | "secrets" | "accepted"> {
  /** In lower case: those that a request could be forged with, or sent again. */
  readonly credentials: { readonly headers?: readonly string[]; readonly query?: readonly string[] };
  /** Throws a `Refusal` for what is not the provider's. None of the secrets is empty. */
  verify(request: WebhookRequest, secrets: readonly string[]): Promise<WebhookVerdict>;
}

/** A source out of what is particular to it. `Event` is what its user says that the provider sends: nothing checks that. */
export function makeSource<Event>({ credentials, verify, ...parts }: SourceParts): WebhookSource<Event> {
  return {
    ...parts,
    credentials: { headers: credentials.headers ?? [], query: credentials.query ?? [] },
    async verify(request, secrets) {
      try {
        // An empty secret is one that everybody knows.
        const usable = secrets.filter((secret) => secret !== "");
        if (usable.length === 0) throw new Refusal("signature_invalid", "No secret is set to verify it with.");
        return (await verify(request, usable)) as WebhookVerdict<Event>;
      } catch (thrown) {
        if (thrown instanceof Refusal) return { type: "refused", fault: thrown.fault, message: thrown.message };
        throw thrown;
      }
    },
  };
}

/** That a request is the provider's. An undefined id is one that the provider does not give. */
export function isEvent(event: unknown, deliveryId: string | undefined): WebhookVerdict {
  return { type: "event", event, ...(deliveryId === undefined ? {} : { deliveryId }) };
}
