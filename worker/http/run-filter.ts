import { RUN_STATUSES, type RunFilterQuery, type RunStatus } from "../../sdk/lib/wire.ts";
import { invalidField, Refusal } from "./refusal.ts";

type Writable = { -readonly [K in keyof RunFilterQuery]: RunFilterQuery[K] };
type Reader = (query: Writable, values: readonly string[], name: string) => void;

/** Reads the filters of runs from texts, under whatever name a request has them. All throw a Refusal with that name. */
export const FILTER_READERS = {
  status: (query, values, name) => (query.status = values.map((value) => readStatus(name, value))),
  taskIdentifier: (query, values) => (query.taskIdentifier = values),
  tag: (query, values) => (query.tag = values),
  batch: (query, values, name) => (query.batch = readOne(name, values)),
  bulkAction: (query, values, name) => (query.bulkAction = readOne(name, values)),
  from: (query, values, name) => (query.from = readDate(name, values)),
  to: (query, values, name) => (query.to = readDate(name, values)),
  period: (query, values, name) => (query.period = readOne(name, values)),
} as const satisfies Readonly<Record<keyof RunFilterQuery, Reader>>;

/** Filters that the API has and that are refused by name. */
export const FILTERS_NOT_BUILT = ["version", "schedule", "isTest", "queue", "machine", "region", "env"] as const;

export function unsupportedFilter(name: string): Refusal {
  return new Refusal(400, "unsupported_filter", `${name} is not supported yet.`);
}

export function readOne(name: string, values: readonly string[]): string {
  const [value, ...others] = values;
  if (value === undefined || value === "" || others.length > 0) throw invalidField(name, "given once, with a value");
  return value;
}

function readStatus(name: string, value: string): RunStatus {
  const status = RUN_STATUSES.find((known) => known === value);
  if (status === undefined) throw invalidField(name, `one or more of ${RUN_STATUSES.join(", ")}, not "${value}"`);
  return status;
}

/** Milliseconds since 1970, as clients send it, or a date that `Date` can read. */
function readDate(name: string, values: readonly string[]): Date {
  const value = readOne(name, values);
  const date = new Date(/^-?\d+$/.test(value) ? Number(value) : value);
  if (Number.isNaN(date.getTime())) throw invalidField(name, "milliseconds since 1970 or an ISO 8601 date");
  return date;
}
