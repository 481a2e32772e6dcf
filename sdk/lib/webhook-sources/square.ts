import type { WebhookSource } from "../webhook-source.ts";
import { readIdField, readJsonObject } from "./body.ts";
import { joinBytes } from "./byte-text.ts";
import { readOwnAddress } from "./own-address.ts";
import { refuseUnlessSigned, type SignatureHeader } from "./signature-header.ts";
import { readSecrets, type SourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";

/** What every event of Square has. */
export interface SquareEvent {
  readonly merchant_id: string;
  /** Such as "payment.updated". */
  readonly type: string;
  readonly event_id: string;
  /** ISO 8601. */
  readonly created_at: string;
  readonly data: {
    readonly type: string;
    readonly id: string;
    readonly object?: Readonly<Record<string, unknown>>;
  };
}

/** What `webhooks.square` takes. */
export interface SquareSourceOptions extends SourceOptions {
  /** The notification URL as it is typed at Square, which signs it. Default: the address of the request. */
  readonly notificationUrl?: string;
}

const SIGNATURE: SignatureHeader = { name: "x-square-hmacsha256-signature", encoding: "base64" };

/**
 * Events of Square. `secret` is the signature key of the subscription. Square signs the notification URL, too: to the letter,
 * with or without a slash at the end. A delivery is named by its `event_id`. Throws a `RunletError` for a bad option.
 */
export function square<Event = SquareEvent>(options: SquareSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.square", ["notificationUrl"]);
  const typed = readOwnAddress(options.notificationUrl, "notificationUrl", "webhooks.square");
  return makeSource<Event>({
    provider: "square",
    secrets,
    credentials: { headers: [SIGNATURE.name, "x-square-signature"] },
    async verify(request, secretTexts) {
      await refuseUnlessSigned(request, secretTexts, SIGNATURE, joinBytes(typed ?? request.url.href, request.body));
      const event = readJsonObject(request);
      return isEvent(event, readIdField(event, "event_id"));
    },
  });
}
