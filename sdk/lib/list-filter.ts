import { RunletApiError } from "./errors.ts";
import type { WindowQuery } from "./wire.ts";

/** Which part of a list is meant, by time of creation. What is left out does not filter. */
export interface WindowFilter {
  /** Created at this time or later; a number is milliseconds since 1970. */
  readonly from?: Date | number | undefined;
  /** Created at this time or before; a number is milliseconds since 1970. */
  readonly to?: Date | number | undefined;
  /** Created within this time before now: "30m", "12h", "7d". Default "7d", where `from` and `to` are not given. */
  readonly period?: string | undefined;
}

/**
 * Checks what is common to all filters. Throws a `RunletApiError` (400) that names a time which is none, or the first filter
 * that it does not know, with those that there are: `others` beside these.
 */
export function readWindow({ from, to, period, ...rest }: WindowFilter, others: readonly string[]): WindowQuery {
  refuseUnknown(rest, [...others, "from", "to", "period"]);
  return {
    ...(from === undefined ? {} : { from: toDate("from", from) }),
    ...(to === undefined ? {} : { to: toDate("to", to) }),
    ...(period === undefined ? {} : { period }),
  };
}

/**
 * What nobody has taken out of a filter. Throws a `RunletApiError` (400) that names the first of it that has a value, and the
 * filters that are `known`.
 */
export function refuseUnknown(rest: object, known: readonly string[]): void {
  const [unknown] = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (unknown === undefined) return;
  throw new RunletApiError(
    400,
    "unsupported_filter",
    `Filter "${unknown}" is not supported: there are ${known.join(", ")}.`,
  );
}

/** One value, or several. */
export function toList<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === "string" ? [value] : value;
}

function toDate(name: string, value: Date | number): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  throw new RunletApiError(400, "invalid_filter", `Filter "${name}" must be a Date or milliseconds since 1970.`);
}
