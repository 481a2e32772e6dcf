import type { WebhookRequest, WebhookSource } from "../webhook-source.ts";
import { readAnyBody } from "./any-body.ts";
import { isForm, readForm, readFormPairs, type FormFields } from "./body.ts";
import { decodeBase64, decodeHex, encodeText } from "./byte-text.ts";
import { equalBytes } from "./equal-bytes.ts";
import { readIdHeader, readSignatureHeader } from "./header.ts";
import { fitsHmac } from "./hmac.ts";
import { readOwnAddress } from "./own-address.ts";
import { Refusal } from "./refusal.ts";
import { sha256 } from "./shared-secret.ts";
import { readSecrets, type SourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";

/** The fields that Twilio sends, such as `MessageSid`, `From` and `Body`. */
export type TwilioEvent = FormFields;

/** What `webhooks.twilio` takes. */
export interface TwilioSourceOptions extends SourceOptions {
  /** The address as it is typed at Twilio, which signs it, without its query. Default: that of the request. */
  readonly url?: string;
}

const HEADER = "x-twilio-signature";
const BODY_HASH = "bodySHA256";

/**
 * Events of Twilio: forms, and bodies whose hash (`bodySHA256`) is in the address. `secret` is the auth token of the account.
 * A delivery is named by `i-twilio-idempotency-token`, which is the same when it is sent again. It is answered with an empty 204:
 * instructions (TwiML) are not given. Throws a `RunletError` for a bad option.
 */
export function twilio<Event = TwilioEvent>(options: TwilioSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.twilio", ["url"]);
  const typed = readOwnAddress(options.url, "url", "webhooks.twilio");
  return makeSource<Event>({
    provider: "twilio",
    secrets,
    credentials: { headers: [HEADER] },
    accepted: { status: 204 },
    async verify(request, secretTexts) {
      const signature = decodeBase64(readSignatureHeader(request, HEADER));
      if (signature === undefined) throw notSigned();
      const hashes = request.url.searchParams.getAll(BODY_HASH);
      const fields = hashes.length > 0 ? "" : signedFields(request);
      const keys = secretTexts.map(encodeText);
      const signed = await findSigned(addressesOf(request.url, typed), fields, keys, [signature]);
      if (signed === undefined) throw notSigned();
      if (hashes.length > 0) await refuseUnlessHashed(request, hashes);
      const event = hashes.length > 0 ? readAnyBody(request) : readForm(request);
      return isEvent(event, readIdHeader(request, "i-twilio-idempotency-token"), signed);
    },
  });
}

function notSigned(): Refusal {
  return new Refusal("signature_invalid", `The header ${HEADER} is no signature of this request.`);
}

/** What Twilio has signed, if it has. */
async function findSigned(
  addresses: readonly string[],
  fields: string,
  keys: readonly Uint8Array[],
  signatures: readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  for (const address of addresses) {
    const signed = encodeText(address + fields);
    if (await fitsHmac("sha1", keys, signed, signatures)) return signed;
  }
  return undefined;
}

/** Twilio signs now with the port and now without it, whatever was typed. */
function addressesOf(requested: URL, typed: string | undefined): readonly [string, string] {
  const url = new URL(typed ?? requested);
  const { protocol, pathname, port, hostname, username, password } = url;
  const user = username === "" ? "" : `${username}${password === "" ? "" : `:${password}`}@`;
  const addressAt = (host: string) => `${protocol}//${user}${host}${pathname}${requested.search}`;
  const usualPort = protocol === "http:" ? "80" : "443";
  return [addressAt(hostname), addressAt(`${hostname}:${port === "" ? usualPort : port}`)];
}

/** The fields of the form in the order of their names, each name before each of its values, with nothing in between. */
function signedFields(request: WebhookRequest): string {
  if (!isForm(request) && request.body.length > 0) {
    throw new Refusal("signature_missing", `The body is not signed: the address has no ${BODY_HASH}.`);
  }
  const fields = new Map<string, Set<string>>();
  for (const [name, value] of readFormPairs(request)) fields.set(name, (fields.get(name) ?? new Set()).add(value));
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, values]) => [...values].sort().map((value) => name + value))
    .join("");
}

async function refuseUnlessHashed(request: WebhookRequest, hashes: readonly string[]): Promise<void> {
  const hash = hashes.length === 1 ? decodeHex(hashes[0] ?? "") : undefined;
  if (hash !== undefined && equalBytes(hash, await sha256(request.body))) return;
  throw new Refusal("signature_invalid", `The parameter ${BODY_HASH} is not the hash of this body.`);
}
