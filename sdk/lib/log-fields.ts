/**
 * Log fields as the JSON text of an object. Never throws: a value that JSON does not know is written as text, a circle as
 * "[circular]", a value that throws when it is read as "[unreadable: ...]".
 */
export function encodeLogFields(fields: unknown): string {
  try {
    const plain = toPlain(fields, []);
    return JSON.stringify(fields instanceof Error || !isRecord(plain) ? { value: plain } : plain);
  } catch {
    return JSON.stringify({ value: "[unreadable]" });
  }
}

/** `above` holds the objects that the value lies in: one met again there is a circle, met elsewhere it is not. */
function toPlain(value: unknown, above: readonly object[]): unknown {
  switch (typeof value) {
    case "bigint":
    case "symbol":
      return String(value);
    case "function":
      return `[function ${value.name}]`;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      return value === null ? null : objectToPlain(value, above);
    default:
      return value;
  }
}

function objectToPlain(value: object, above: readonly object[]): unknown {
  if (above.includes(value)) return "[circular]";
  const inside = [...above, value];
  try {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof Error) return errorToPlain(value, inside);
    if (value instanceof Map) return [...value].map((entry) => toPlain(entry, inside));
    if (value instanceof Set) return [...value].map((item) => toPlain(item, inside));
    if (Array.isArray(value)) return value.map((item) => toPlain(item, inside));
    if ("toJSON" in value && typeof value.toJSON === "function") return toPlain(value.toJSON(), inside);
    return recordToPlain(value, inside);
  } catch (error) {
    return `[unreadable: ${error instanceof Error ? error.message : "it threw"}]`;
  }
}

function errorToPlain(error: Error, inside: readonly object[]): unknown {
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: toPlain(cause, inside) }) };
}

function recordToPlain(value: object, inside: readonly object[]): unknown {
  const plain: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    try {
      plain[key] = toPlain((value as Record<string, unknown>)[key], inside);
    } catch (error) {
      plain[key] = `[unreadable: ${error instanceof Error ? error.message : "it threw"}]`;
    }
  }
  return plain;
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
