import { RUN_STATUSES, type ListRunsQuery, type RunStatus } from "../../sdk/lib/wire.ts";
import { invalidField, Refusal } from "./refusal.ts";

type Writable = { -readonly [K in keyof ListRunsQuery]: ListRunsQuery[K] };
type Reader = (query: Writable, values: readonly string[], name: string) => void;

const READERS: Readonly<Record<string, Reader>> = {
  "filter[status]": (query, values, name) => (query.status = splitAll(values).map((value) => readStatus(name, value))),
  "filter[taskIdentifier]": (query, values) => (query.taskIdentifier = splitAll(values)),
  "filter[tag]": (query, values) => (query.tag = splitTags(values)),
  "filter[batch]": (query, values, name) => (query.batch = readOne(name, values)),
  "filter[createdAt][from]": (query, values, name) => (query.from = readDate(name, values)),
  "filter[createdAt][to]": (query, values, name) => (query.to = readDate(name, values)),
  "filter[createdAt][period]": (query, values, name) => (query.period = readOne(name, values)),
  "page[size]": (query, values, name) => (query.limit = readNumber(name, values)),
  "page[after]": (query, values, name) => (query.after = readOne(name, values)),
  "page[before]": (query, values, name) => (query.before = readOne(name, values)),
};

const NOT_BUILT = new Set(
  "filter[version] filter[bulkAction] filter[schedule] filter[isTest] filter[queue] filter[machine] filter[region] filter[env]".split(
    " ",
  ),
);

/**
 * The query of a list of runs. Several values of a filter are separated by commas, or the filter is given several
 * times. Throws a Refusal that names a parameter which is unknown, not built yet, or of no use as it is.
 */
export function readListQuery(parameters: URLSearchParams): ListRunsQuery {
  const query: Writable = {};
  for (const name of new Set(parameters.keys())) {
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (reader === undefined) throw refusedParameter(name);
    reader(query, parameters.getAll(name), name);
  }
  return query;
}

function refusedParameter(name: string): Refusal {
  if (NOT_BUILT.has(name)) return new Refusal(400, "unsupported_filter", `${name} is not supported yet.`);
  const known = Object.keys(READERS).join(", ");
  return new Refusal(400, "unknown_filter", `Unknown parameter "${name}": a list of runs takes ${known}.`);
}

function splitAll(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",").filter((part) => part !== ""));
}

/** As `splitAll`; a comma that belongs to a tag has a backslash before it, and so has a backslash. */
function splitTags(values: readonly string[]): string[] {
  const tags = values.flatMap((value) => value.match(/(?:\\[\s\S]|[^,\\])+/g) ?? []);
  return tags.map((tag) => tag.replaceAll(/\\([\s\S])/g, "$1"));
}

function readOne(name: string, values: readonly string[]): string {
  const [value, ...others] = values;
  if (value === undefined || value === "" || others.length > 0) throw invalidField(name, "given once, with a value");
  return value;
}

function readStatus(name: string, value: string): RunStatus {
  const status = RUN_STATUSES.find((known) => known === value);
  if (status === undefined) throw invalidField(name, `one or more of ${RUN_STATUSES.join(", ")}, not "${value}"`);
  return status;
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
