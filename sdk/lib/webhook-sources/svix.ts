import type { WebhookSource } from "../webhook-source.ts";
import { readJson } from "./body.ts";
import { readHeader } from "./header.ts";
import { readSecrets, readTolerance, type TimedSourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";
import { verifyStandard } from "./standard-signature.ts";

/**
 * Events of anybody who sends through Svix: Clerk, Resend and many more. `secret` is the signing secret of the endpoint,
 * `whsec_…`. The headers may begin with `svix-` or with `webhook-`. Tolerance: 300 s. A delivery is named by `svix-id`. Throws
 * a `RunletError` for a bad option.
 */
export function svix<Event = unknown>(options: TimedSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.svix", ["toleranceSeconds"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, "webhooks.svix", 300);
  return makeSource<Event>({
    provider: "svix",
    secrets,
    credentials: { headers: ["svix-signature", "webhook-signature"] },
    async verify(request, secretTexts) {
      const isRenamed = readHeader(request, "svix-signature") === undefined && request.headers.has("webhook-signature");
      const id = await verifyStandard(request, isRenamed ? "webhook" : "svix", secretTexts, toleranceMs);
      return isEvent(readJson(request), id);
    },
  });
}
