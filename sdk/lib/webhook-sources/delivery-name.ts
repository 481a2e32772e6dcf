import type { WebhookRequest } from "../webhook-source.ts";
import { readIdField, type JsonObject } from "./body.ts";
import { readFields, readHeaderName, readName } from "./custom-checks.ts";
import { readIdHeader } from "./header.ts";

/**
 * Where a request says which delivery it is: in a header, or in a field of its body, which is a JSON object or a form, as a text or
 * a whole number.
 */
export type DeliveryName = { readonly header: string } | { readonly field: string };

/** Finds the name of a delivery in a request and the event that it holds. */
export interface NameFinder {
  readonly find: (request: WebhookRequest, event: unknown) => string | undefined;
  /** What it means that there is none. */
  readonly missing: string;
}

export function readDeliveryName(given: DeliveryName | undefined, subject: string): NameFinder | undefined {
  if (given === undefined) return undefined;
  const { header, field }: { readonly header?: string; readonly field?: string } = readFields(given, subject, [
    "header",
    "field",
  ]);
  if (header === undefined) {
    const name = readName(field, `${subject}.field`);
    return {
      find: (_, event) =>
        typeof event === "object" && event !== null ? readIdField(event as JsonObject, name) : undefined,
      missing: `The field "${name}" is no text of 1-256 characters and no whole number.`,
    };
  }
  const name = readHeaderName(header, `${subject}.header`);
  return { find: (request) => readIdHeader(request, name), missing: `The header ${name} is missing.` };
}
