import type { WebhookRequest } from "../webhook-source.ts";
import { readIdField, type JsonObject } from "./body.ts";
import { readFields, readHeaderName, readName } from "./custom-checks.ts";
import { readIdHeader } from "./header.ts";

/** Where a request says which delivery it is: in a header, or in a field of its body, which is a JSON object or a form. */
export type DeliveryName = { readonly header: string } | { readonly field: string };

/** Finds the name of a delivery in a request and the event that it holds. */
export type FindName = (request: WebhookRequest, event: unknown) => string | undefined;

export function readDeliveryName(given: DeliveryName | undefined, subject: string): FindName {
  if (given === undefined) return () => undefined;
  const { header, field }: { readonly header?: string; readonly field?: string } = readFields(given, subject, [
    "header",
    "field",
  ]);
  if (header === undefined) {
    const name = readName(field, `${subject}.field`);
    return (_, event) =>
      typeof event === "object" && event !== null ? readIdField(event as JsonObject, name) : undefined;
  }
  const name = readHeaderName(header, `${subject}.header`);
  return (request) => readIdHeader(request, name);
}
