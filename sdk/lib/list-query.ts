import type { ListRunsQuery, ListTokensQuery, PageQuery } from "./wire.ts";

type Values = Readonly<Record<string, string | number | undefined>>;

/** The query string of a list of runs, with its question mark; empty where nothing is asked. */
export function writeListQuery(query: ListRunsQuery): string {
  return write({
    "filter[status]": query.status?.join(","),
    "filter[taskIdentifier]": query.taskIdentifier?.join(","),
    "filter[tag]": joinTags(query.tag),
    "filter[batch]": query.batch,
    ...pageValues(query),
  });
}

/** The same for a list of tokens. */
export function writeTokenQuery(query: ListTokensQuery): string {
  return write({
    "filter[status]": query.status?.join(","),
    "filter[tags]": joinTags(query.tags),
    "filter[idempotencyKey]": query.idempotencyKey,
    ...pageValues(query),
  });
}

function pageValues(query: PageQuery): Values {
  return {
    "filter[createdAt][from]": query.from?.getTime(),
    "filter[createdAt][to]": query.to?.getTime(),
    "filter[createdAt][period]": query.period,
    "page[size]": query.limit,
    "page[after]": query.after,
    "page[before]": query.before,
  };
}

function joinTags(tags: readonly string[] | undefined): string | undefined {
  return tags?.map((tag) => tag.replaceAll(/[\\,]/g, "\\$&")).join(",");
}

function write(values: Values): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) written.set(name, String(value));
  const text = written.toString();
  return text === "" ? "" : `?${text}`;
}
