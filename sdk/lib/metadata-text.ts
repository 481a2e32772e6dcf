import { RunletApiError } from "./errors.ts";
import { isTooDeep, MAX_DEPTH } from "./json-depth.ts";
import { invalidMetadata, type Metadata } from "./metadata-operation.ts";
import { exceeds } from "./payload-limit.ts";
import { LIMITS } from "./wire.ts";

/**
 * A value as JSON text. Throws a `RunletApiError` (400, `invalid_metadata`) that names `what` for one that JSON does not
 * know or that is nested too deep.
 */
export function encodeJson(what: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A circle, a BigInt, or deeper than the stack.
  }
  if (text !== undefined && !isTooDeep(text)) return text;
  throw invalidMetadata(`${what} must be a JSON value, nested at most ${MAX_DEPTH} levels deep.`);
}

/**
 * The metadata of a trigger as text. Throws a `RunletApiError` that names `what`: 400 for what is no object and for a name of a
 * field over the limit, 413 over that of the whole.
 */
export function encodeMetadata(value: unknown, what = "metadata"): string {
  const text = encodeJson(what, value);
  if (!text.startsWith("{")) throw invalidMetadata(`${what} must be a JSON object.`);
  if (exceeds(text, LIMITS.metadataBytes)) throw metadataTooLarge();
  const most = LIMITS.metadataKeyLength;
  const names = text.length > most ? Object.keys(decodeMetadata(text)) : [];
  const long = names.find((name) => name.length > most);
  if (long === undefined) return text;
  throw invalidMetadata(`${what} has a field with a name of ${long.length} characters; the limit is ${most}.`);
}

/** The object that a text written by `encodeMetadata` holds. */
export function decodeMetadata(text: string): Metadata {
  return JSON.parse(text) as Metadata;
}

/** The refusal of metadata over the limit, worded alike on both sides of the wire. */
export function metadataTooLarge(): RunletApiError {
  const message =
    `The metadata is over the limit of ${LIMITS.metadataBytes} bytes (${LIMITS.metadataBytes / 1024} KiB) of encoded text. ` +
    "Store large data elsewhere and keep a reference to it.";
  return new RunletApiError(413, "metadata_too_large", message);
}
