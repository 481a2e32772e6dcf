import type { ListRunsQuery, PageQuery } from "./wire.ts";

type Parameters = Readonly<Record<string, string | number | undefined>>;

/** The query string of a list of runs, with its question mark; empty where nothing is asked. */
export function writeListQuery(query: ListRunsQuery): string {
  return write({
    "filter[status]": query.status?.join(","),
    "filter[taskIdentifier]": query.taskIdentifier?.join(","),
    "filter[tag]": query.tag?.map((tag) => tag.replaceAll(/[\\,]/g, "\\$&")).join(","),
    "filter[batch]": query.batch,
    "filter[bulkAction]": query.bulkAction,
    "filter[createdAt][from]": query.from?.getTime(),
    "filter[createdAt][to]": query.to?.getTime(),
    "filter[createdAt][period]": query.period,
    ...pageParameters(query),
  });
}

/** The same for a list without filters. */
export function writePageQuery(query: PageQuery): string {
  return write(pageParameters(query));
}

function pageParameters({ limit, after, before }: PageQuery): Parameters {
  return { "page[size]": limit, "page[after]": after, "page[before]": before };
}

function write(parameters: Parameters): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) written.set(name, String(value));
  const text = written.toString();
  return text === "" ? "" : `?${text}`;
}
