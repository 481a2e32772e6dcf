import type { WebhookSource } from "../webhook-source.ts";
import { readJsonObject } from "./body.ts";
import { readIdHeader } from "./header.ts";
import { refuseUnlessSigned, type SignatureHeader } from "./signature-header.ts";
import { readSecrets, readTolerance, type TimedSourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";
import { refuseUnlessNear } from "./timestamp.ts";

/** What every event of Linear has. */
export interface LinearEvent {
  /** "create", "update", "remove"… */
  readonly action: string;
  /** What it happened to: "Issue", "Comment"… */
  readonly type: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** The values before an update. */
  readonly updatedFrom?: Readonly<Record<string, unknown>>;
  readonly url?: string;
  readonly organizationId?: string;
  readonly webhookId?: string;
  /** When it was sent, ms. */
  readonly webhookTimestamp: number;
  readonly [field: string]: unknown;
}

const SIGNATURE: SignatureHeader = { name: "linear-signature", encoding: "hex" };

/**
 * Events of Linear. `secret` is the signing secret of the webhook there. Tolerance: 60 s. A delivery is named by
 * `linear-delivery`. Throws a `RunletError` for a bad option.
 */
export function linear<Event = LinearEvent>(options: TimedSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.linear", ["toleranceSeconds"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, "webhooks.linear", 60);
  return makeSource<Event>({
    provider: "linear",
    secrets,
    credentials: { headers: [SIGNATURE.name] },
    async verify(request, secretTexts) {
      await refuseUnlessSigned(request, secretTexts, SIGNATURE, request.body);
      const event = readJsonObject(request);
      // The header with the time is not signed: the field is.
      const { webhookTimestamp } = event;
      refuseUnlessNear(typeof webhookTimestamp === "number" ? `${webhookTimestamp}` : "", request, toleranceMs, "ms");
      return isEvent(event, readIdHeader(request, "linear-delivery"));
    },
  });
}
