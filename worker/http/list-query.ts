import { RUN_STATUSES, type ListRunsQuery } from "../../sdk/lib/wire.ts";
import {
  PAGE_READERS,
  readKnown,
  readOne,
  readParameters,
  splitAll,
  splitTags,
  type Readers,
} from "./list-parameters.ts";

const READERS: Readers<ListRunsQuery> = {
  "filter[status]": (query, values, name) => {
    query.status = splitAll(values).map((value) => readKnown(name, value, RUN_STATUSES));
  },
  "filter[taskIdentifier]": (query, values) => (query.taskIdentifier = splitAll(values)),
  "filter[tag]": (query, values) => (query.tag = splitTags(values)),
  "filter[batch]": (query, values, name) => (query.batch = readOne(name, values)),
  ...PAGE_READERS,
};

const NOT_BUILT = new Set(
  "filter[version] filter[bulkAction] filter[schedule] filter[isTest] filter[queue] filter[machine] filter[region] filter[env]".split(
    " ",
  ),
);

/** The query of a list of runs, as `readParameters` reads it. */
export function readListQuery(parameters: URLSearchParams): ListRunsQuery {
  return readParameters("runs", parameters, READERS, NOT_BUILT);
}
