import type { WebhookRequest, WebhookSource, WebhookVerdict } from "../webhook-source.ts";
import { Refusal } from "./refusal.ts";

interface SourceParts extends Pick<WebhookSource, "provider" | "secrets" | "credentials" | "accepted"> {
  /** Throws a `Refusal` for what is not the provider's. None of the secrets is empty. */
  verify(request: WebhookRequest, secrets: readonly string[]): Promise<WebhookVerdict>;
}

/** A source out of what is particular to it. `Event` is what its user says that the provider sends: nothing checks that. */
export function makeSource<Event>({ verify, ...parts }: SourceParts): WebhookSource<Event> {
  return {
    ...parts,
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

/** That a request is the provider's. An undefined id is one that it does not give: then `signed` counts, by default the body. */
export function isEvent(event: unknown, deliveryId: string | undefined, signed?: Uint8Array) {
  if (deliveryId !== undefined) return { type: "event", event, deliveryId } as const;
  return { type: "event", event, ...(signed === undefined ? {} : { signed }) } as const;
}
