import type { WebhookRequest } from "../webhook-source.ts";
import { contentTypeOf, isForm, readForm, readJson, readText } from "./body.ts";
import { Refusal } from "./refusal.ts";

/** A body that is not text. */
export interface BinaryBody {
  readonly base64: string;
}

/**
 * A body of whatever type: the value of one that is said to be JSON, the fields of a form, else its text, and base64 of what
 * is no text. One of no said type is JSON if it can be read so.
 */
export function readAnyBody(request: WebhookRequest): unknown {
  const type = contentTypeOf(request);
  if (type === "application/json" || type.endsWith("+json")) return readJson(request);
  if (isForm(request)) return readForm(request);
  const json = type === "" ? attempt(() => readJson(request)) : undefined;
  return json ?? attempt(() => readText(request)) ?? toBase64(request.body);
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined;
    throw thrown;
  }
}

function toBase64(bytes: Uint8Array): BinaryBody {
  let binary = "";
  // Not all at once: a call takes so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return { base64: btoa(binary) };
}
