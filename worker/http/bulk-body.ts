import type { BulkActionRequest } from "../../sdk/lib/door.ts";
import type { RunFilterQuery } from "../../sdk/lib/wire.ts";
import { readFields, readObject } from "./fields.ts";
import { unsupportedFilter } from "./list-parameters.ts";
import { invalidField, Refusal } from "./refusal.ts";
import { FILTER_READERS, FILTERS_NOT_BUILT } from "./run-filter.ts";

type FilterField = keyof typeof FILTER_READERS;

const FIELDS = ["action", "runIds", "filter", "name", "targetRegion"];
const NOT_BUILT: ReadonlySet<string> = new Set(FILTERS_NOT_BUILT);

/** The body that begins a bulk action. Throws a Refusal that names what cannot be used; null is as if it were not there. */
export function readBulkBody(body: unknown): Omit<BulkActionRequest, "requestKey"> {
  const { action, runIds, filter, name, targetRegion } = readFields("the body", body, FIELDS);
  if (action !== "cancel" && action !== "replay") throw invalidField("action", '"cancel" or "replay"');
  return {
    action,
    ...(isAbsent(runIds) ? {} : { runIds: readTexts("runIds", runIds) }),
    ...(isAbsent(filter) ? {} : { filter: readFilter(filter) }),
    ...(isAbsent(name) ? {} : { name: readText("name", name) }),
    ...(isAbsent(targetRegion) ? {} : { targetRegion: readText("targetRegion", targetRegion) }),
  };
}

function readFilter(value: unknown): RunFilterQuery {
  const query = {};
  for (const [field, given] of Object.entries(readObject("filter", value))) {
    if (isAbsent(given)) continue;
    const name = `filter.${field}`;
    if (!isFilter(field)) throw NOT_BUILT.has(field) ? unsupportedFilter(name) : unknownFilter(field);
    FILTER_READERS[field](query, Array.isArray(given) ? readTexts(name, given) : [readValue(name, given)], name);
  }
  return query;
}

function isFilter(field: string): field is FilterField {
  return Object.hasOwn(FILTER_READERS, field);
}

function unknownFilter(field: string): Refusal {
  const known = Object.keys(FILTER_READERS).join(", ");
  return new Refusal(400, "unknown_filter", `Unknown filter "${field}": filter takes ${known}.`);
}

function readTexts(name: string, value: unknown): string[] {
  if (!Array.isArray(value)) throw invalidField(name, "a list of texts");
  return value.map((item: unknown, i) => readText(`${name}[${i}]`, item));
}

/** Times may be numbers. */
function readValue(name: string, value: unknown): string {
  return typeof value === "number" ? String(value) : readText(name, value);
}

function readText(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw invalidField(name, `a text, not ${value === null ? "null" : typeof value}`);
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
