import type { WebhookSource } from "../webhook-source.ts";
import { readIdField, readJsonObject } from "./body.ts";
import { decodeHex, encodeText, joinBytes } from "./byte-text.ts";
import { readSignatureHeader } from "./header.ts";
import { fitsHmac } from "./hmac.ts";
import { Refusal } from "./refusal.ts";
import { readSecrets, readTolerance, type TimedSourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";
import { refuseUnlessNear } from "./timestamp.ts";

/** What every event of Stripe has. */
export interface StripeEvent {
  readonly id: string;
  readonly object: string;
  /** Such as "invoice.paid". */
  readonly type: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly livemode: boolean;
  readonly api_version?: string | null;
  /** The connected account that it comes from, where there is one. */
  readonly account?: string;
  readonly data: {
    readonly object: Readonly<Record<string, unknown>>;
    readonly previous_attributes?: Readonly<Record<string, unknown>>;
  };
}

const HEADER = "stripe-signature";

/**
 * Events of Stripe. `secret` is the signing secret of the endpoint there (`whsec_…`). Tolerance: 300 s. A delivery is named
 * by the id of its event. Throws a `RunletError` for a bad option.
 */
export function stripe<Event = StripeEvent>(options: TimedSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.stripe", ["toleranceSeconds"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, "webhooks.stripe", 300);
  return makeSource<Event>({
    provider: "stripe",
    secrets,
    credentials: { headers: [HEADER] },
    async verify(request, secretTexts) {
      const { timestamp, signatures } = parseSignature(readSignatureHeader(request, HEADER));
      refuseUnlessNear(timestamp, request, toleranceMs);
      const signed = joinBytes(timestamp, ".", request.body);
      if (!(await fitsHmac("sha256", secretTexts.map(encodeText), signed, signatures))) {
        throw new Refusal("signature_invalid", `The header ${HEADER} holds no signature of this body.`);
      }
      const event = readJsonObject(request);
      return isEvent(event, readIdField(event, "id"), signed);
    },
  });
}

/** `t=<seconds>,v1=<hex>`, with one `v1` for each secret that is in force and, in test mode, a `v0` that counts for nothing. */
function parseSignature(header: string): { readonly timestamp: string; readonly signatures: readonly Uint8Array[] } {
  const items = header.split(",").map((item) => item.trim().split("="));
  const valuesOf = (key: string) => items.filter(([name]) => name === key).map(([, ...value]) => value.join("="));
  const [timestamp, ...others] = valuesOf("t");
  if (timestamp === undefined || others.length > 0) {
    throw new Refusal("timestamp_invalid", `The header ${HEADER} must hold one t=.`);
  }
  const texts = valuesOf("v1");
  if (texts.length === 0) throw new Refusal("signature_missing", `The header ${HEADER} holds no v1=.`);
  return { timestamp, signatures: texts.flatMap((text) => decodeHex(text) ?? []) };
}
