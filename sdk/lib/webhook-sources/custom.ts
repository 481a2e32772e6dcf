import { RunletError } from "../errors.ts";
import type { WebhookRequest, WebhookSource, WebhookVerdict } from "../webhook-source.ts";
import { readAnyBody } from "./any-body.ts";
import { readFields, readHeaderName } from "./custom-checks.ts";
import { checkSecret, type CustomSecret } from "./custom-secret.ts";
import {
  checkEd25519,
  checkHmac,
  type CustomCheck,
  type CustomHmac,
  type CustomSignature,
} from "./custom-signature.ts";
import { readDeliveryName, type DeliveryName } from "./delivery-name.ts";
import { Refusal } from "./refusal.ts";
import { readSecrets, type SourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";

/** Whether a request is genuine, or what is to become of it. `secrets` are the values of those that are set, at least one. */
export type CustomVerify = (
  request: WebhookRequest,
  secrets: readonly string[],
) => boolean | WebhookVerdict | Promise<boolean | WebhookVerdict>;

interface AnyCustomOptions extends SourceOptions {
  /**
   * What a provider repeats when it sends a delivery again. Default, and where it is missing, which is told in the log: what is signed
   * the same is the same delivery; of what holds a secret, or is looked at by `verify`, the same body.
   */
  readonly deliveryId?: DeliveryName;
  /** Further headers that tasks are not to see. */
  readonly credentials?: { readonly headers?: readonly string[] };
  /** How a genuine delivery is answered, if not with 200 and a JSON body: with a status of 200-299. */
  readonly accepted?: { readonly status: number; readonly body?: string };
}

/** One way to tell genuine requests from forged ones. */
type CustomWay =
  | { readonly hmac: CustomHmac }
  | { readonly ed25519: CustomSignature }
  | { readonly sharedSecret: CustomSecret }
  | { readonly verify: CustomVerify };

export type CustomSourceOptions = AnyCustomOptions & CustomWay;

const SUBJECT = "webhooks.custom";
const WAYS = ["hmac", "ed25519", "sharedSecret", "verify"] as const;

/**
 * Events of a provider that there is no other source for. Its requests are told from forged ones by a signature in a header
 * (`hmac`, or `ed25519` with the public key as the secret, in hexadecimal or base64), by a secret that they hold, or by a
 * function. The event is the body: the value of JSON, the fields of a form, else text; `{ base64 }` where it is none.
 * Throws a `RunletError` for a bad option.
 */
export function custom<Event = unknown>(options: CustomSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, SUBJECT, [...WAYS, "deliveryId", "credentials", "accepted"]);
  const name = readDeliveryName(options.deliveryId, `${SUBJECT}, deliveryId`);
  const check = readWay(options);
  return makeSource<Event>({
    provider: "custom",
    secrets,
    credentials: { headers: [...check.headers, ...readCredentials(options.credentials)] },
    ...readAccepted(options.accepted),
    async verify(request, secretTexts) {
      const verified = await check.verify(request, secretTexts);
      if (verified !== undefined && "type" in verified) return verified;
      const event = readAnyBody(request);
      const deliveryId = name?.find(request, event);
      const verdict = isEvent(event, deliveryId, verified);
      return name === undefined || deliveryId !== undefined ? verdict : { ...verdict, unnamed: name.missing };
    },
  });
}

interface Way extends Omit<CustomCheck, "verify"> {
  /** A verdict is final. */
  readonly verify: (
    request: WebhookRequest,
    secrets: readonly string[],
  ) => Promise<WebhookVerdict | Uint8Array | undefined>;
}

function readWay(options: CustomSourceOptions): Way {
  const given: Partial<Record<(typeof WAYS)[number], unknown>> = options;
  const [way, ...others] = WAYS.filter((name) => given[name] !== undefined);
  if (way === undefined || others.length > 0) throw new RunletError(`${SUBJECT} takes one of ${WAYS.join(", ")}.`);
  if ("hmac" in options) return checkHmac(options.hmac, `${SUBJECT}, hmac`);
  if ("ed25519" in options) return checkEd25519(options.ed25519, `${SUBJECT}, ed25519`);
  if ("sharedSecret" in options) return checkSecret(options.sharedSecret, `${SUBJECT}, sharedSecret`);
  const { verify } = options;
  if (typeof verify !== "function") throw new RunletError(`verify of ${SUBJECT} must be a function.`);
  return { headers: [], verify: (request, secrets) => callVerify(verify, request, secrets) };
}

/** Undefined for a genuine request. What is thrown may name a secret, so that the log gets its kind only. */
async function callVerify(
  verify: CustomVerify,
  request: WebhookRequest,
  secrets: readonly string[],
): Promise<WebhookVerdict | undefined> {
  let answer: unknown;
  try {
    answer = await verify(request, secrets);
  } catch (thrown) {
    const kind = thrown instanceof Error ? thrown.name : typeof thrown;
    throw new Refusal("signature_invalid", `The function verify threw: ${kind}.`);
  }
  if (answer === true) return undefined;
  if (answer === false) throw new Refusal("signature_invalid", "The function verify refuses it.");
  if (isVerdict(answer)) return answer;
  throw new Refusal("signature_invalid", "The function verify gave neither true or false nor a verdict.");
}

function isVerdict(value: unknown): value is WebhookVerdict {
  if (typeof value !== "object" || value === null) return false;
  const { type } = value as { readonly type?: unknown };
  return type === "event" || type === "handshake" || type === "refused";
}

function readCredentials(given: AnyCustomOptions["credentials"]): readonly string[] {
  const subject = `${SUBJECT}, credentials`;
  const { headers = [] } = readFields(given ?? {}, subject, ["headers"]);
  if (!Array.isArray(headers)) throw new RunletError(`${subject}.headers must be an array of names.`);
  return headers.map((name) => readHeaderName(name, `${subject}.headers`));
}

function readAccepted(given: AnyCustomOptions["accepted"]): Pick<AnyCustomOptions, "accepted"> {
  if (given === undefined) return {};
  const subject = `${SUBJECT}, accepted`;
  const { status, body } = readFields(given, subject, ["status", "body"]);
  if (!Number.isInteger(status) || status < 200 || status > 299) {
    throw new RunletError(`${subject}.status must be a whole number from 200 to 299.`);
  }
  if (body !== undefined && typeof body !== "string") throw new RunletError(`${subject}.body must be a string.`);
  return { accepted: { status, ...(body === undefined ? {} : { body }) } };
}
