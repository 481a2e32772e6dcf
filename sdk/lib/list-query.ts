import type { ListDeliveriesQuery } from "./webhook-wire.ts";
import type { ListRunsQuery, ListTokensQuery, PageQuery, WindowQuery } from "./wire.ts";

type Values = Readonly<Record<string, string | number | undefined>>;

/** The query string of a list of runs, with its question mark; empty where nothing is asked. */
export function writeListQuery(query: ListRunsQuery): string {
  return write({
    "filter[status]": query.status?.join(","),
    "filter[taskIdentifier]": query.taskIdentifier?.join(","),
    "filter[tag]": joinTags(query.tag),
    "filter[batch]": query.batch,
    "filter[bulkAction]": query.bulkAction,
    "filter[schedule]": query.schedule,
    ...windowValues(query),
    ...pageValues(query),
  });
}

/** The same for a list of tokens. */
export function writeTokenQuery(query: ListTokensQuery): string {
  return write({
    "filter[status]": query.status?.join(","),
    "filter[tags]": joinTags(query.tags),
    "filter[idempotencyKey]": query.idempotencyKey,
    ...windowValues(query),
    ...pageValues(query),
  });
}

/** The same for a list of webhook deliveries. */
export function writeDeliveryQuery(query: ListDeliveriesQuery): string {
  return write({
    "filter[endpoint]": query.endpoint?.join(","),
    "filter[status]": query.status?.join(","),
    "filter[from]": query.from?.getTime(),
    "filter[to]": query.to?.getTime(),
    "filter[period]": query.period,
    ...pageValues(query),
  });
}

/** The same for a list without filters. */
export function writePageQuery(query: PageQuery): string {
  return write(pageValues(query));
}

function windowValues({ from, to, period }: WindowQuery): Values {
  return {
    "filter[createdAt][from]": from?.getTime(),
    "filter[createdAt][to]": to?.getTime(),
    "filter[createdAt][period]": period,
  };
}

function pageValues({ limit, after, before }: PageQuery): Values {
  return { "page[size]": limit, "page[after]": after, "page[before]": before };
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
