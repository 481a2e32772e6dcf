import type { WebhookRequest, WebhookSource } from "../webhook-source.ts";
import { readJsonObject } from "./body.ts";
import { readIdHeader } from "./header.ts";
import { refuseUnlessSigned, type SignatureHeader } from "./signature-header.ts";
import { readSecrets, type SourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";

/** The resource that something happened to, such as an order. What happened is in the header `x-shopify-topic`. */
export interface ShopifyEvent {
  readonly id?: number;
  readonly admin_graphql_api_id?: string;
  readonly [field: string]: unknown;
}

/** Deliveries of the newer kind have the same headers without the "x-". */
const FORMS = ["x-shopify-", "shopify-"] as const;

/**
 * Events of Shopify. `secret` is the client secret of the app, or, for webhooks made in the admin of a shop, the key that is
 * shown there. A delivery is named by `x-shopify-webhook-id`, which is the same when it is sent again. Throws a `RunletError`
 * for a bad option.
 */
export function shopify<Event = ShopifyEvent>(options: SourceOptions): WebhookSource<Event> {
  return makeSource<Event>({
    provider: "shopify",
    secrets: readSecrets(options, "webhooks.shopify"),
    credentials: { headers: FORMS.map((form) => signatureOf(form).name) },
    async verify(request, secrets) {
      const form = FORMS.find((each) => hasSignature(request, each)) ?? FORMS[0];
      await refuseUnlessSigned(request, secrets, signatureOf(form), request.body);
      return isEvent(readJsonObject(request), readIdHeader(request, `${form}webhook-id`));
    },
  });
}

function hasSignature({ headers }: WebhookRequest, form: (typeof FORMS)[number]): boolean {
  return headers.has(signatureOf(form).name);
}

function signatureOf(form: (typeof FORMS)[number]): SignatureHeader {
  return { name: `${form}hmac-sha256`, encoding: "base64" };
}
