import type { PageQuery } from "../../sdk/lib/wire.ts";
import { invalidField, Refusal } from "./refusal.ts";
import { readOne } from "./run-filter.ts";

type Writable = { -readonly [K in keyof PageQuery]: PageQuery[K] };
type Reader = (query: Writable, values: readonly string[], name: string) => void;

/** The parameters that say which page of a list is meant. */
export const PAGE_READERS: Readonly<Record<string, Reader>> = {
  "page[size]": (query, values, name) => (query.limit = readNumber(name, values)),
  "page[after]": (query, values, name) => (query.after = readOne(name, values)),
  "page[before]": (query, values, name) => (query.before = readOne(name, values)),
};

/** The query of a list that has no filters. Throws a Refusal that names a parameter which is unknown or of no use. */
export function readPageQuery(parameters: URLSearchParams): PageQuery {
  const query: Writable = {};
  for (const name of new Set(parameters.keys())) {
    const reader = Object.hasOwn(PAGE_READERS, name) ? PAGE_READERS[name] : undefined;
    if (reader === undefined) throw unknownParameter(name, PAGE_READERS);
    reader(query, parameters.getAll(name), name);
  }
  return query;
}

export function unknownParameter(name: string, readers: object): Refusal {
  const known = Object.keys(readers).join(", ");
  return new Refusal(400, "unknown_filter", `Unknown parameter "${name}": this list takes ${known}.`);
}

function readNumber(name: string, values: readonly string[]): number {
  const value = readOne(name, values);
  if (!/^\d{1,9}$/.test(value)) throw invalidField(name, "a whole number from 1 to 100");
  return Number(value);
}
