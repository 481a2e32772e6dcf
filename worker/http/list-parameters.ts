import type { PageQuery, WindowQuery } from "../../sdk/lib/wire.ts";
import { invalidField, Refusal } from "./refusal.ts";

type Writable<Query> = { -readonly [K in keyof Query]: Query[K] };
/** Takes the values of a parameter into the query. Throws a Refusal with the name that the request has for it. */
export type Reader<Query> = (query: Writable<Query>, values: readonly string[], name: string) => void;

/** What a list takes, by the name of the parameter. */
export type Readers<Query> = Readonly<Record<string, Reader<Query>>>;

/** What every list takes. */
export const PAGE_READERS: Readers<PageQuery> = {
  "page[size]": (query, values, name) => (query.limit = readNumber(name, values)),
  "page[after]": (query, values, name) => (query.after = readOne(name, values)),
  "page[before]": (query, values, name) => (query.before = readOne(name, values)),
};

/** The times of a filter, under whatever name a request has them. */
export const WINDOW_READERS = {
  from: (query, values, name) => (query.from = readDate(name, values)),
  to: (query, values, name) => (query.to = readDate(name, values)),
  period: (query, values, name) => (query.period = readOne(name, values)),
} as const satisfies Readonly<Record<keyof WindowQuery, Reader<WindowQuery>>>;

/** What every list takes that has filters. */
export const LIST_READERS: Readers<WindowQuery & PageQuery> = {
  "filter[createdAt][from]": WINDOW_READERS.from,
  "filter[createdAt][to]": WINDOW_READERS.to,
  "filter[createdAt][period]": WINDOW_READERS.period,
  ...PAGE_READERS,
};

/**
 * The query of a list. Several values of a filter are separated by commas, or the filter is given several times. Throws a
 * Refusal that names a parameter which is unknown, not built yet, or of no use as it is.
 */
export function readParameters<Query extends object>(
  what: string,
  parameters: URLSearchParams,
  readers: Readers<Query>,
  notBuilt: ReadonlySet<string> = new Set(),
): Partial<Query> {
  const query: Partial<Writable<Query>> = {};
  for (const name of new Set(parameters.keys())) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (reader !== undefined) reader(query as Writable<Query>, parameters.getAll(name), name);
    else if (notBuilt.has(name)) throw unsupportedFilter(name);
    else throw unknownParameter(what, name, Object.keys(readers));
  }
  return query;
}

/** The refusal of a filter that the API has and Runlet has not. */
export function unsupportedFilter(name: string): Refusal {
  return new Refusal(400, "unsupported_filter", `${name} is not supported yet.`);
}

function unknownParameter(what: string, name: string, known: readonly string[]): Refusal {
  const message = `Unknown parameter "${name}": a list of ${what} takes ${known.join(", ")}.`;
  return new Refusal(400, "unknown_filter", message);
}

/** The one of these that the value is. Throws a Refusal that names them all. */
export function readKnown<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw invalidField(name, `one or more of ${known.join(", ")}, not "${value}"`);
  return found;
}

/** Several values, with commas between them. */
export function splitAll(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",").filter((part) => part !== ""));
}

/** As `splitAll`; a comma that belongs to a tag has a backslash before it, and so has a backslash. */
export function splitTags(values: readonly string[]): string[] {
  const tags = values.flatMap((value) => value.match(/(?:\\[\s\S]|[^,\\])+/g) ?? []);
  return tags.map((tag) => tag.replaceAll(/\\([\s\S])/g, "$1"));
}

/** The value of a parameter that is given once. */
export function readOne(name: string, values: readonly string[]): string {
  const [value, ...others] = values;
  if (value === undefined || value === "" || others.length > 0) throw invalidField(name, "given once, with a value");
  return value;
}

function readNumber(name: string, values: readonly string[]): number {
  const value = readOne(name, values);
  if (!/^\d{1,9}$/.test(value)) throw invalidField(name, "a whole number from 1 to 100");
  return Number(value);
}

/** Milliseconds since 1970, as clients send it, or a date that `Date` can read. */
function readDate(name: string, values: readonly string[]): Date {
  const value = readOne(name, values);
  const date = new Date(/^-?\d+$/.test(value) ? Number(value) : value);
  if (Number.isNaN(date.getTime())) throw invalidField(name, "milliseconds since 1970 or an ISO 8601 date");
  return date;
}
