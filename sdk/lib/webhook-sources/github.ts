import type { WebhookRequest, WebhookSource } from "../webhook-source.ts";
import { isForm, parseJsonObject, readForm, readJsonObject, type JsonObject } from "./body.ts";
import { readIdHeader } from "./header.ts";
import { Refusal } from "./refusal.ts";
import { refuseUnlessSigned, type SignatureHeader } from "./signature-header.ts";
import { readSecrets, type SourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";

/** What events of GitHub have. Which one it is, such as "push", is in the header `x-github-event`. */
export interface GitHubEvent {
  /** What happened, for events of which there are several kinds: "opened", "created"… */
  readonly action?: string;
  readonly sender?: { readonly login: string; readonly id: number };
  readonly repository?: { readonly id: number; readonly name: string; readonly full_name: string };
  readonly organization?: { readonly id: number; readonly login: string };
  /** For events that a GitHub App gets. */
  readonly installation?: { readonly id: number };
  readonly [field: string]: unknown;
}

const SIGNATURE: SignatureHeader = { name: "x-hub-signature-256", encoding: "hex", prefix: "sha256=" };

/**
 * Events of GitHub, as JSON or as a form. `secret` is what was typed as the secret of the webhook there. The older SHA-1
 * signature is not looked at. A delivery is named by `x-github-delivery`, which is the same when it is sent again. Throws a
 * `RunletError` for a bad option.
 */
export function github<Event = GitHubEvent>(options: SourceOptions): WebhookSource<Event> {
  return makeSource<Event>({
    provider: "github",
    secrets: readSecrets(options, "webhooks.github"),
    credentials: { headers: [SIGNATURE.name, "x-hub-signature"] },
    async verify(request, secrets) {
      await refuseUnlessSigned(request, secrets, SIGNATURE, request.body);
      return isEvent(readPayload(request), readIdHeader(request, "x-github-delivery"));
    },
  });
}

function readPayload(request: WebhookRequest): JsonObject {
  if (!isForm(request)) return readJsonObject(request);
  const { payload } = readForm(request);
  if (typeof payload === "string") return parseJsonObject(payload, 'The field "payload"');
  throw new Refusal("body_malformed", 'The form has no field "payload".');
}
