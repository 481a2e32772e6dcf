import type { WebhookSource } from "../webhook-source.ts";
import { readJson } from "./body.ts";
import { readSecrets, readTolerance, type TimedSourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";
import { verifyStandard } from "./standard-signature.ts";

/** What Standard Webhooks recommends for the body. Who sends something else is free to. */
export interface StandardWebhookEvent {
  /** Such as "user.created". */
  readonly type: string;
  /** ISO 8601: when it happened. */
  readonly timestamp: string;
  readonly data: unknown;
}

/**
 * Events of anybody who signs as https://www.standardwebhooks.com has it. `secret` is what they show, `whsec_…`, or their
 * public key, `whpk_…`. Tolerance: 300 s. A delivery is named by `webhook-id`. Throws a `RunletError` for a bad option.
 */
export function standardWebhooks<Event = StandardWebhookEvent>(options: TimedSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.standardWebhooks", ["toleranceSeconds"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, "webhooks.standardWebhooks", 300);
  return makeSource<Event>({
    provider: "standardWebhooks",
    secrets,
    credentials: { headers: ["webhook-signature"] },
    async verify(request, secretTexts) {
      const id = await verifyStandard(request, "webhook", secretTexts, toleranceMs);
      return isEvent(readJson(request), id);
    },
  });
}
