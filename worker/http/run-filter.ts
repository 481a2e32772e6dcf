import { RUN_STATUSES, type RunFilterQuery } from "../../sdk/lib/wire.ts";
import { readKnown, readOne, WINDOW_READERS, type Reader } from "./list-parameters.ts";

/** Reads the filters of runs from texts, under whatever name a request has them. All throw a Refusal with that name. */
export const FILTER_READERS = {
  status: (query, values, name) => (query.status = values.map((value) => readKnown(name, value, RUN_STATUSES))),
  taskIdentifier: (query, values) => (query.taskIdentifier = values),
  tag: (query, values) => (query.tag = values),
  batch: (query, values, name) => (query.batch = readOne(name, values)),
  bulkAction: (query, values, name) => (query.bulkAction = readOne(name, values)),
  schedule: (query, values, name) => (query.schedule = readOne(name, values)),
  ...WINDOW_READERS,
} as const satisfies Readonly<Record<keyof RunFilterQuery, Reader<RunFilterQuery>>>;

/** Filters that the API has and that are refused by name. */
export const FILTERS_NOT_BUILT = ["version", "isTest", "queue", "machine", "region", "env"] as const;
