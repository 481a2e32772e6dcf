import type { ListRunsQuery } from "../../sdk/lib/wire.ts";
import { PAGE_READERS, unknownParameter } from "./page-query.ts";
import { FILTER_READERS, FILTERS_NOT_BUILT, unsupportedFilter } from "./run-filter.ts";

type Writable = { -readonly [K in keyof ListRunsQuery]: ListRunsQuery[K] };
type Reader = (query: Writable, values: readonly string[], name: string) => void;

const READERS: Readonly<Record<string, Reader>> = {
  "filter[status]": (query, values, name) => FILTER_READERS.status(query, splitAll(values), name),
  "filter[taskIdentifier]": (query, values) => FILTER_READERS.taskIdentifier(query, splitAll(values)),
  "filter[tag]": (query, values) => FILTER_READERS.tag(query, splitTags(values)),
  "filter[batch]": FILTER_READERS.batch,
  "filter[bulkAction]": FILTER_READERS.bulkAction,
  "filter[createdAt][from]": FILTER_READERS.from,
  "filter[createdAt][to]": FILTER_READERS.to,
  "filter[createdAt][period]": FILTER_READERS.period,
  ...PAGE_READERS,
};

const NOT_BUILT: ReadonlySet<string> = new Set(FILTERS_NOT_BUILT.map((name) => `filter[${name}]`));

/**
 * The query of a list of runs. Several values of a filter are separated by commas, or the filter is given several
 * times. Throws a Refusal that names a parameter which is unknown, not built yet, or of no use as it is.
 */
export function readListQuery(parameters: URLSearchParams): ListRunsQuery {
  const query: Writable = {};
  for (const name of new Set(parameters.keys())) {
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (reader === undefined) throw NOT_BUILT.has(name) ? unsupportedFilter(name) : unknownParameter(name, READERS);
    reader(query, parameters.getAll(name), name);
  }
  return query;
}

function splitAll(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",").filter((part) => part !== ""));
}

/** As `splitAll`; a comma that belongs to a tag has a backslash before it, and so has a backslash. */
function splitTags(values: readonly string[]): string[] {
  const tags = values.flatMap((value) => value.match(/(?:\\[\s\S]|[^,\\])+/g) ?? []);
  return tags.map((tag) => tag.replaceAll(/\\([\s\S])/g, "$1"));
}
