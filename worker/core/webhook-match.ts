/** Values that an event must have, by where they are in it: `{ "data.object.id": "ch_1" }`. Empty: any event fits. */
export type WebhookMatch = Readonly<Record<string, string | number | boolean>>;

/** Longer ones are never looked for, nor found. */
const MOST_VALUE_CHARACTERS = 512;

/** Which places a match looks at: the same for all matches that look at the same ones. */
export function shapeOf(match: WebhookMatch): string {
  return JSON.stringify(Object.keys(match).sort());
}

/** What is at those places in the events that fit. */
export function keyOfMatch(match: WebhookMatch): string {
  return JSON.stringify(
    Object.keys(match)
      .sort()
      .map((path) => match[path]),
  );
}

/** What an event has at the places of a shape, as `keyOfMatch` writes it; undefined when it has no simple value at one of them. */
export function keyOfEvent(shape: string, event: unknown): string | undefined {
  const paths = JSON.parse(shape) as readonly string[];
  const values: unknown[] = [];
  for (const path of paths) {
    const value = valueAt(event, path);
    if (!isSimple(value)) return undefined;
    values.push(value);
  }
  return JSON.stringify(values);
}

function valueAt(event: unknown, path: string): unknown {
  let value = event;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    // What JSON has: neither what is inherited, nor the length of a list.
    if (!Object.prototype.propertyIsEnumerable.call(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function isSimple(value: unknown): boolean {
  if (typeof value === "string") return value.length <= MOST_VALUE_CHARACTERS;
  return typeof value === "number" || typeof value === "boolean";
}
