import type { WebhookRequest } from "../webhook-source.ts";
import { decodeBytes, encodeText, type ByteEncoding } from "./byte-text.ts";
import { readChoice, readFields, readHeaderName, readPrefix } from "./custom-checks.ts";
import { decodePublicKey, fitsEd25519 } from "./ed25519.ts";
import { readSignatureHeader } from "./header.ts";
import { fitsHmac, type HmacAlgorithm } from "./hmac.ts";
import { Refusal } from "./refusal.ts";
import { readSignedText } from "./signed-text.ts";
import { readTolerance } from "./source-options.ts";
import { readTimestampHeader, type TimestampUnit } from "./timestamp.ts";

/** A signature of the body in a header. */
export interface CustomSignature {
  readonly header: string;
  readonly encoding: ByteEncoding;
  /** What stands before the signature in the header, such as "sha256=". Default: nothing. */
  readonly prefix?: string;
  /** The header that says when it was sent, in seconds (default) or milliseconds since 1970. Tolerance: 300 s. */
  readonly timestamp?: { readonly header: string; readonly unit?: TimestampUnit; readonly toleranceSeconds?: number };
  /**
   * What is signed, with `{body}` in it and, as they are needed, `{timestamp}` (the text of that header) and `{url}`. Default:
   * "{body}", with a timestamp "{timestamp}.{body}".
   */
  readonly signed?: string;
}

/** A signature with a secret that both sides know. */
export interface CustomHmac extends CustomSignature {
  readonly algorithm: HmacAlgorithm;
  /** What the secret is: the key itself (default), or hexadecimal or base64 text of it. */
  readonly key?: "text" | ByteEncoding;
}

/** Gives what is signed, where that is not the body alone. Throws a `Refusal` for a request that is not genuine. */
export type VerifyCustom = (request: WebhookRequest, secrets: readonly string[]) => Promise<Uint8Array | undefined>;

export interface CustomCheck {
  readonly verify: VerifyCustom;
  /** Those that it looks at. */
  readonly headers: readonly string[];
}

const SIGNATURE_NAMES = ["header", "encoding", "prefix", "timestamp", "signed"];

export function checkHmac(given: CustomHmac, subject: string): CustomCheck {
  const options = readFields(given, subject, [...SIGNATURE_NAMES, "algorithm", "key"]);
  const algorithm = readChoice(options.algorithm, `${subject}.algorithm`, ["sha1", "sha256", "sha512"]);
  const keyForm = readChoice(options.key ?? "text", `${subject}.key`, ["text", "hex", "base64"]);
  const toKey = (secret: string) => (keyForm === "text" ? encodeText(secret) : decodeBytes(secret, keyForm));
  return checkSignature(options, subject, (secrets, signed, signature) =>
    fitsHmac(
      algorithm,
      secrets.flatMap((secret) => toKey(secret) ?? []),
      signed,
      [signature],
    ),
  );
}

export function checkEd25519(given: CustomSignature, subject: string): CustomCheck {
  const options = readFields(given, subject, SIGNATURE_NAMES);
  return checkSignature(options, subject, (secrets, signed, signature) =>
    fitsEd25519(secrets.flatMap(decodePublicKey), signed, [signature]),
  );
}

type Fits = (secrets: readonly string[], signed: Uint8Array, signature: Uint8Array) => Promise<boolean>;

function checkSignature(options: CustomSignature, subject: string, fits: Fits): CustomCheck {
  const header = readHeaderName(options.header, `${subject}.header`);
  const encoding = readChoice(options.encoding, `${subject}.encoding`, ["hex", "base64"]);
  const prefix = readPrefix(options.prefix, `${subject}.prefix`);
  const readTimestamp = readTimestampOptions(options.timestamp, `${subject}.timestamp`);
  const signedText = readSignedText(options.signed, `${subject}.signed`, options.timestamp !== undefined);
  return {
    headers: [header],
    async verify(request, secrets) {
      const text = readSignatureHeader(request, header);
      const signature = text.startsWith(prefix) ? decodeBytes(text.slice(prefix.length), encoding) : undefined;
      const timestamp = readTimestamp(request);
      const signed = signedText(request, timestamp);
      if (signature !== undefined && (await fits(secrets, signed, signature))) return signed;
      throw new Refusal("signature_invalid", `The header ${header} is no signature of this body.`);
    },
  };
}

function readTimestampOptions(
  given: CustomSignature["timestamp"],
  subject: string,
): (request: WebhookRequest) => string {
  if (given === undefined) return () => "";
  const options = readFields(given, subject, ["header", "unit", "toleranceSeconds"]);
  const header = readHeaderName(options.header, `${subject}.header`);
  const unit = readChoice(options.unit ?? "s", `${subject}.unit`, ["s", "ms"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, subject, 300);
  return (request) => readTimestampHeader(request, header, toleranceMs, unit);
}
