import { isTooDeep, MAX_DEPTH } from "../json-depth.ts";
import type { WebhookRequest } from "../webhook-source.ts";
import { Refusal } from "./refusal.ts";

/** Fields of a form. One that occurs several times has all its values, in order. */
export type FormFields = Readonly<Record<string, string | readonly string[]>>;

/** What no provider comes near: a body of nothing but fields would keep the Worker busy. */
const MAX_FIELDS = 10_000;
const AMPERSAND = 0x26;

export type JsonObject = Readonly<Record<string, unknown>>;

/** The type of the body, in lower case and without parameters; "" where none is said. */
export function contentTypeOf({ headers }: WebhookRequest): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

export function isForm(request: WebhookRequest): boolean {
  return contentTypeOf(request) === "application/x-www-form-urlencoded";
}

export function readText({ body }: WebhookRequest): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  } catch {
    throw new Refusal("body_malformed", "The body is not UTF-8.");
  }
}

export function readJson(request: WebhookRequest): unknown {
  return parseJson(readText(request), "The body");
}

export function readJsonObject(request: WebhookRequest): JsonObject {
  return asObject(readJson(request), "The body");
}

/** The object that a text holds. `subject` names the text in a refusal. */
export function parseJsonObject(text: string, subject: string): JsonObject {
  return asObject(parseJson(text, subject), subject);
}

/**
 * The fields of a form, in order. Malformed escapes stand for themselves, as everywhere on the web. Refuses more fields than
 * `MAX_FIELDS`.
 */
export function readFormPairs(request: WebhookRequest): readonly (readonly [name: string, value: string])[] {
  const separators = request.body.reduce((count, byte) => (byte === AMPERSAND ? count + 1 : count), 0);
  if (separators >= MAX_FIELDS) throw new Refusal("body_malformed", `The form has more than ${MAX_FIELDS} fields.`);
  return [...new URLSearchParams(readText(request))];
}

export function readForm(request: WebhookRequest): FormFields {
  const fields = new Map<string, string[]>();
  for (const [name, value] of readFormPairs(request)) {
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values.join() : values]));
}

/** A field of the body that names the delivery, a whole number as a text; undefined where there is none. */
export function readIdField(body: JsonObject, name: string): string | undefined {
  const id = body[name];
  // Of larger numbers two may have been read as the same.
  if (Number.isSafeInteger(id)) return String(id);
  return typeof id === "string" && id !== "" && id.length <= 256 ? id : undefined;
}

/** Refuses, too, what is nested deeper than a payload may be: the event becomes one. */
function parseJson(text: string, subject: string): unknown {
  const value = tryJson(text, subject);
  if (isTooDeep(text)) throw new Refusal("body_malformed", `${subject} is nested deeper than ${MAX_DEPTH} levels.`);
  return value;
}

function tryJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("body_malformed", `${subject} is not JSON.`);
  }
}

function asObject(value: unknown, subject: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Refusal("body_malformed", `${subject} is not a JSON object.`);
}
