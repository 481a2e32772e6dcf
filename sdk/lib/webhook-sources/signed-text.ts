import { RunletError } from "../errors.ts";
import type { WebhookRequest } from "../webhook-source.ts";
import { joinBytes } from "./byte-text.ts";
import { readName } from "./custom-checks.ts";

/** Makes the bytes that are signed, of a request and the text of its timestamp. */
export type SignedText = (request: WebhookRequest, timestamp: string) => Uint8Array;

const PLACES = ["{body}", "{timestamp}", "{url}"];

/**
 * What is signed, as a text with places: `{body}`, once; `{timestamp}`, which must be there if a timestamp is checked, since
 * one that is not signed says nothing; `{url}`, the address as the provider has it. Throws a `RunletError` for another text.
 */
export function readSignedText(given: unknown, subject: string, hasTimestamp: boolean): SignedText {
  const text = given === undefined ? (hasTimestamp ? "{timestamp}.{body}" : "{body}") : readName(given, subject);
  const parts = text.split(/(\{\w+\})/);
  const unknown = parts.find((part) => /^\{\w+\}$/.test(part) && !PLACES.includes(part));
  if (unknown !== undefined) throw new RunletError(`${subject} may hold ${PLACES.join(", ")}, and no ${unknown}.`);
  if (parts.filter((part) => part === "{body}").length !== 1)
    throw new RunletError(`${subject} must hold {body} once.`);
  if (parts.includes("{timestamp}") !== hasTimestamp) {
    throw new RunletError(`${subject} must hold {timestamp} if there is the option timestamp, and only then.`);
  }
  return (request, timestamp) =>
    joinBytes(
      ...parts.map((part) => {
        if (part === "{body}") return request.body;
        if (part === "{timestamp}") return timestamp;
        return part === "{url}" ? request.url.href : part;
      }),
    );
}
