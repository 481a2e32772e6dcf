import { invalidField, Refusal } from "./refusal.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object. One that is not among the names is refused, since it would be lost without a word. */
export function readFields(what: string, value: unknown, names: readonly string[]): Fields {
  const fields = readObject(what, value);
  for (const [name, field] of Object.entries(fields)) {
    if (names.includes(name) || field === null) continue;
    throw new Refusal(400, "unknown_field", `Unknown field "${name}": ${what} takes ${names.join(", ")}.`);
  }
  return fields;
}

/** An object, whatever its fields. Throws a Refusal (400) for anything else. */
export function readObject(what: string, value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalidField(what, "a JSON object");
  return value as Fields;
}
