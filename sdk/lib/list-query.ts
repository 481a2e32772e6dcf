import type { ListRunsQuery } from "./wire.ts";

/** The query string of a list of runs, with its question mark; empty where nothing is asked. */
export function writeListQuery(query: ListRunsQuery): string {
  const written = new URLSearchParams();
  const write = (name: string, value: string | number | undefined) => {
    if (value !== undefined) written.set(name, String(value));
  };
  write("filter[status]", query.status?.join(","));
  write("filter[taskIdentifier]", query.taskIdentifier?.join(","));
  write("filter[tag]", query.tag?.map((tag) => tag.replaceAll(/[\\,]/g, "\\$&")).join(","));
  write("filter[batch]", query.batch);
  write("filter[createdAt][from]", query.from?.getTime());
  write("filter[createdAt][to]", query.to?.getTime());
  write("filter[createdAt][period]", query.period);
  write("page[size]", query.limit);
  write("page[after]", query.after);
  write("page[before]", query.before);
  const text = written.toString();
  return text === "" ? "" : `?${text}`;
}
