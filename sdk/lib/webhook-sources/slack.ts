import type { WebhookRequest, WebhookSource } from "../webhook-source.ts";
import { isForm, parseJsonObject, readForm, readIdField, readJsonObject, type JsonObject } from "./body.ts";
import { joinBytes } from "./byte-text.ts";
import { readSignatureHeader } from "./header.ts";
import { refuseUnlessSigned, type SignatureHeader } from "./signature-header.ts";
import { readSecrets, readTolerance, type TimedSourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";
import { readTimestampHeader } from "./timestamp.ts";

/** What Slack sends: an event around `event`, an interaction, or the fields of a slash command. */
export interface SlackEvent {
  /** "event_callback", "block_actions"…; a slash command has none. */
  readonly type?: string;
  readonly team_id?: string;
  readonly api_app_id?: string;
  readonly event_id?: string;
  /** Seconds since 1970. */
  readonly event_time?: number;
  readonly event?: { readonly type: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

const SIGNATURE: SignatureHeader = { name: "x-slack-signature", encoding: "hex", prefix: "v0=" };

/**
 * Events, interactions and slash commands of Slack. `secret` is the signing secret of the app. Tolerance: 300 s. An event is
 * named by its `event_id`. The check of the address (`url_verification`) is answered, and so is that of its certificate. The
 * verification token, which Slack still sends, is left out of the event. Throws a `RunletError` for a bad option.
 */
export function slack<Event = SlackEvent>(options: TimedSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.slack", ["toleranceSeconds"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, "webhooks.slack", 300);
  return makeSource<Event>({
    provider: "slack",
    secrets,
    credentials: { headers: [SIGNATURE.name] },
    // Slack shows the answer to a slash command to who has typed it.
    accepted: { status: 200, body: "" },
    async verify(request, secretTexts) {
      readSignatureHeader(request, SIGNATURE.name);
      const timestamp = readTimestampHeader(request, "x-slack-request-timestamp", toleranceMs);
      const signed = joinBytes("v0:", timestamp, ":", request.body);
      await refuseUnlessSigned(request, secretTexts, SIGNATURE, signed);
      const { token: _, ...event } = readPayload(request);
      if (event["type"] === "url_verification" && typeof event["challenge"] === "string") {
        return { type: "handshake", status: 200, body: event["challenge"], headers: { "content-type": "text/plain" } };
      }
      if (event["ssl_check"] === "1") return { type: "handshake", status: 200 };
      return isEvent(event, readIdField(event, "event_id"), signed);
    },
  });
}

function readPayload(request: WebhookRequest): JsonObject {
  if (!isForm(request)) return readJsonObject(request);
  const form = readForm(request);
  const { payload } = form;
  return typeof payload === "string" ? parseJsonObject(payload, 'The field "payload"') : form;
}
