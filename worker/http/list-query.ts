import type { ListRunsQuery } from "../../sdk/lib/wire.ts";
import { LIST_READERS, readParameters, splitAll, splitTags, type Readers } from "./list-parameters.ts";
import { FILTER_READERS, FILTERS_NOT_BUILT } from "./run-filter.ts";

const READERS: Readers<ListRunsQuery> = {
  "filter[status]": (query, values, name) => FILTER_READERS.status(query, splitAll(values), name),
  "filter[taskIdentifier]": (query, values) => FILTER_READERS.taskIdentifier(query, splitAll(values)),
  "filter[tag]": (query, values) => FILTER_READERS.tag(query, splitTags(values)),
  "filter[batch]": FILTER_READERS.batch,
  "filter[bulkAction]": FILTER_READERS.bulkAction,
  "filter[schedule]": FILTER_READERS.schedule,
  ...LIST_READERS,
};

const NOT_BUILT: ReadonlySet<string> = new Set(FILTERS_NOT_BUILT.map((name) => `filter[${name}]`));

/** The query of a list of runs, as `readParameters` reads it. */
export function readListQuery(parameters: URLSearchParams): ListRunsQuery {
  return readParameters("runs", parameters, READERS, NOT_BUILT);
}
