import { parseDuration } from "./duration.ts";
import { RunletApiError } from "./errors.ts";
import type { DebounceOptions } from "./journal.ts";
import { LIMITS } from "./wire.ts";

const FIELDS = new Set(["key", "delay", "mode", "maxDelay"]);

/** The debounce of a trigger, checked. Throws a `RunletApiError` (400) that names the field that cannot be. */
export function readDebounce(value: unknown): DebounceOptions {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("must be an object with a key and a delay");
  }
  const given = Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== null));
  const unknown = Object.keys(given).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw invalid(`has no field ${unknown}: there are key, delay, mode and maxDelay`);
  const { key, delay, mode, maxDelay } = given;
  if (typeof key !== "string" || key === "" || key.length > LIMITS.debounceKeyLength) {
    throw invalid(`needs a key of 1-${LIMITS.debounceKeyLength} characters`);
  }
  const delayMs = durationOf(delay);
  if (delayMs === undefined || delayMs < 1_000) throw invalid('needs a delay of "1s" or more, as a duration');
  if (mode !== undefined && mode !== "leading" && mode !== "trailing")
    throw invalid('has a mode "leading" or "trailing"');
  const maxDelayMs = durationOf(maxDelay);
  if (maxDelay !== undefined && (maxDelayMs === undefined || maxDelayMs <= delayMs)) {
    throw invalid(`has a maxDelay, a duration, that is longer than its delay of ${String(delay)}`);
  }
  return {
    key,
    delay: String(delay),
    ...(mode === undefined ? {} : { mode }),
    ...(maxDelay === undefined ? {} : { maxDelay: String(maxDelay) }),
  };
}

function durationOf(value: unknown): number | undefined {
  return typeof value === "string" ? parseDuration(value) : undefined;
}

function invalid(rule: string): RunletApiError {
  return new RunletApiError(400, "invalid_option", `Option "debounce" ${rule}.`);
}
