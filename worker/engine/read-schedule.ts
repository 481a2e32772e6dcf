import { RunletApiError } from "../../sdk/lib/errors.ts";
import { CATCH_UPS, OVERLAPS } from "../../sdk/lib/schedule-wire.ts";
import { cronProblem, isTimeZone } from "../core/cron.ts";
import type { ScheduleSpec } from "../core/schedule.ts";
import { windowProblem } from "../core/schedule-window.ts";
import { nearMatches } from "./near-matches.ts";
import type { Registry } from "./registry.ts";
import type { ScheduleChange } from "./schedule-api.ts";

const LONGEST_KEY = 512;
const CHANGED = ["task", "cron", "timezone", "externalId", "window", "catchUp", "overlap"];
const CREATED = ["deduplicationKey", ...CHANGED];

/**
 * A schedule to be made: what `schedules.create` was given. Throws a `RunletApiError` that names the field: 400 for what cannot be
 * used, 404 (`task_not_found`), 422 (`not_a_scheduled_task`).
 */
export function readSchedule(given: unknown, registry: Registry, now: number): ScheduleSpec {
  const fields = readFields(given, CREATED);
  const deduplicationKey = readText("deduplicationKey", fields["deduplicationKey"], LONGEST_KEY);
  const change = readFieldsOfChange(fields, registry, now);
  const { catchUp, overlap } = registry.schedules.policiesOf(change.task);
  return { type: "IMPERATIVE", deduplicationKey, catchUp, overlap, ...change };
}

/** As `readSchedule`, for `schedules.update`. */
export function readScheduleChange(given: unknown, registry: Registry, now: number): ScheduleChange {
  return readFieldsOfChange(readFields(given, CHANGED), registry, now);
}

type Fields = Readonly<Record<string, unknown>>;

function readFieldsOfChange(fields: Fields, registry: Registry, now: number): ScheduleChange {
  const task = readText("task", fields["task"], LONGEST_KEY);
  if (registry.get(task) === undefined) throw new RunletApiError(404, "task_not_found", registry.unknown(task));
  if (!registry.schedules.takes(task)) {
    const message = `The task "${task}" is none of schedules.task(), so it does not take what a schedule gives it.`;
    throw new RunletApiError(422, "not_a_scheduled_task", message);
  }
  const { externalId, window, timezone, catchUp, overlap } = fields;
  return {
    task,
    cron: readCron(readText("cron", fields["cron"], Infinity), now),
    timezone: isAbsent(timezone) ? "UTC" : readTimezone(timezone),
    ...(isAbsent(externalId) ? {} : { externalId: readText("externalId", externalId, LONGEST_KEY) }),
    ...(isAbsent(window) ? {} : { window: readWindow(window) }),
    ...(isAbsent(catchUp) ? {} : { catchUp: readOneOf("catchUp", catchUp, CATCH_UPS) }),
    ...(isAbsent(overlap) ? {} : { overlap: readOneOf("overlap", overlap, OVERLAPS) }),
  };
}

/** A pattern, without spaces around it. Throws a `RunletApiError` (400) that tells what is wrong, and where. */
export function readCron(cron: string, now: number): string {
  const problem = cronProblem(cron, now);
  if (problem !== undefined) throw new RunletApiError(400, "invalid_cron", `cron: ${problem}`);
  return cron.trim().split(/\s+/).join(" ");
}

export function readTimezone(value: unknown): string {
  if (typeof value === "string" && isTimeZone(value)) return value;
  const near = typeof value === "string" ? nearMatches(value, Intl.supportedValuesOf("timeZone")) : [];
  const hint = near.length === 0 ? "" : ` Did you mean ${near.map((one) => `"${one}"`).join(" or ")}?`;
  const shown = typeof value === "string" ? `, not "${value.slice(0, 100)}"` : "";
  const message = `timezone must be an IANA time zone such as "Europe/Berlin" or "UTC"${shown}.${hint}`;
  throw new RunletApiError(400, "invalid_timezone", message);
}

export function readWindow(value: unknown): string {
  const problem = typeof value === "string" ? windowProblem(value) : windowProblem("");
  if (typeof value === "string" && problem === undefined) return value;
  throw invalid("window", problem ?? "a text");
}

export function readOneOf<T extends string>(field: string, value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw invalid(field, `one of ${known.map((one) => `"${one}"`).join(", ")}`);
  return found;
}

function readFields(given: unknown, names: readonly string[]): Fields {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw invalid("The schedule", "an object");
  for (const [name, value] of Object.entries(given)) {
    if (names.includes(name) || isAbsent(value)) continue;
    const message = `Unknown field "${name}": a schedule takes ${names.join(", ")}.`;
    throw new RunletApiError(400, "unknown_field", message);
  }
  return given as Fields;
}

function readText(field: string, value: unknown, longest: number): string {
  if (typeof value === "string" && value !== "" && value.length <= longest) return value;
  throw invalid(field, longest === Infinity ? "a text" : `a text of 1-${longest} characters`);
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function invalid(field: string, expected: string): RunletApiError {
  return new RunletApiError(400, "invalid_field", `${field} must be ${expected}.`);
}
