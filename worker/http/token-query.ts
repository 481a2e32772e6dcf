import { TOKEN_STATUSES, type ListTokensQuery } from "../../sdk/lib/wire.ts";
import {
  LIST_READERS,
  readKnown,
  readOne,
  readParameters,
  splitAll,
  splitTags,
  type Readers,
} from "./list-parameters.ts";

const READERS: Readers<ListTokensQuery> = {
  "filter[status]": (query, values, name) => {
    query.status = splitAll(values).map((value) => readKnown(name, value, TOKEN_STATUSES));
  },
  "filter[tags]": (query, values) => (query.tags = splitTags(values)),
  "filter[idempotencyKey]": (query, values, name) => (query.idempotencyKey = readOne(name, values)),
  ...LIST_READERS,
};

/** The query of a list of tokens, as `readParameters` reads it. */
export function readTokenQuery(parameters: URLSearchParams): ListTokensQuery {
  return readParameters("tokens", parameters, READERS);
}
