import type { WebhookSource } from "../webhook-source.ts";
import { readJsonObject } from "./body.ts";
import { decodeHex, joinBytes } from "./byte-text.ts";
import { decodePublicKey, fitsEd25519 } from "./ed25519.ts";
import { readSignatureHeader } from "./header.ts";
import { Refusal } from "./refusal.ts";
import { readSecrets, readTolerance, type TimedSourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";
import { readTimestampHeader } from "./timestamp.ts";

/** What every webhook event of Discord has. */
export interface DiscordEvent {
  readonly version: number;
  readonly application_id: string;
  readonly type: 1;
  readonly event: {
    /** Such as "APPLICATION_AUTHORIZED". */
    readonly type: string;
    /** ISO 8601: when it happened. */
    readonly timestamp: string;
    readonly data?: Readonly<Record<string, unknown>>;
  };
}

const HEADER = "x-signature-ed25519";
const PING = 0;

/**
 * Webhook events of Discord, not interactions, which want their answer at once. `secret` is the public key of the application.
 * Tolerance: 900 s, since Discord sends again for 10 minutes. It gives deliveries no name. Its PING is answered. Throws a
 * `RunletError` for a bad option.
 */
export function discord<Event = DiscordEvent>(options: TimedSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.discord", ["toleranceSeconds"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, "webhooks.discord", 900);
  return makeSource<Event>({
    provider: "discord",
    secrets,
    credentials: { headers: [HEADER] },
    accepted: { status: 204 },
    async verify(request, publicKeys) {
      const signature = decodeHex(readSignatureHeader(request, HEADER));
      const timestamp = readTimestampHeader(request, "x-signature-timestamp", toleranceMs);
      const signed = joinBytes(timestamp, request.body);
      const signatures = signature === undefined ? [] : [signature];
      if (!(await fitsEd25519(publicKeys.flatMap(decodePublicKey), signed, signatures))) {
        throw new Refusal("signature_invalid", `The header ${HEADER} is no signature of this request.`);
      }
      const event = readJsonObject(request);
      if (event["type"] === PING) {
        return { type: "handshake", status: 204, headers: { "content-type": "application/json" } };
      }
      if (typeof event["event"] === "object" && event["event"] !== null) return isEvent(event, undefined, signed);
      throw new Refusal("body_malformed", "The body holds no event.");
    },
  });
}
