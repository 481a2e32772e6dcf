import { RunletApiError } from "./errors.ts";
import { QUEUE_PAGE_LIMITS, type ListQueuesQuery } from "./queue-wire.ts";
import { LIMITS } from "./wire.ts";

/** Which page of queues. Throws a `RunletApiError` (400) that names what is out of range. */
export function readQueuePage(given: { readonly page?: unknown; readonly perPage?: unknown }): ListQueuesQuery {
  const { page, perPage } = given;
  return {
    ...(page === undefined ? {} : { page: readWhole("page", page, 1, QUEUE_PAGE_LIMITS.page) }),
    ...(perPage === undefined ? {} : { perPage: readWhole("perPage", perPage, 1, QUEUE_PAGE_LIMITS.perPage) }),
  };
}

/** A limit to put in place of that of the code; 0 lets nothing start. Throws a `RunletApiError` (400) for what is none. */
export function readOverride(value: unknown): number {
  return readWhole("concurrencyLimit", value, 0, LIMITS.concurrency);
}

function readWhole(field: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RunletApiError(400, "invalid_field", `${field} must be a whole number from ${least} to ${most}.`);
}
