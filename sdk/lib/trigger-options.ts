import { RunletApiError } from "./errors.ts";
import type { StoredOptions } from "./journal.ts";
import { LIMITS } from "./wire.ts";

/** Options of one trigger. */
export interface TriggerOptions {
  /** Labels to find the run by: one, or up to 10, of 1-128 characters each. */
  readonly tags?: string | readonly string[] | undefined;
  /** Attempts in total, 1-250, instead of the task's own `retry.maxAttempts`. */
  readonly maxAttempts?: number | undefined;
}

/** Options of a whole batch: none yet. Each item has its own `options`. */
export type BatchTriggerOptions = { readonly [option: string]: never };

const NONE: StoredOptions = Object.freeze({});

const KNOWN = new Set(
  (
    "idempotencyKey idempotencyKeyTTL idempotencyKeyOptions delay ttl queue concurrencyKey concurrency priority " +
    "maxDuration machine metadata region version lockToVersion externalDeploymentId debounce clientConfig " +
    "publicAccessToken test retry"
  ).split(" "),
);

/**
 * Checks the options of a trigger and gives the form that is stored. An option that is `undefined` counts as not given.
 * Throws a `RunletApiError` (400) that names the first option that is unknown, not supported yet, or out of range.
 */
export function readTriggerOptions(options: unknown): StoredOptions {
  if (options === undefined || options === null) return NONE;
  if (typeof options !== "object") throw invalid(`Trigger options must be an object, not ${typeof options}.`);
  let tags: readonly string[] | undefined;
  let maxAttempts: number | undefined;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name === "tags") tags = readTags(value);
    else if (name === "maxAttempts") maxAttempts = readMaxAttempts(value);
    else throw refusedOption(name);
  }
  return { ...(tags === undefined ? {} : { tags }), ...(maxAttempts === undefined ? {} : { maxAttempts }) };
}

/** Throws a `RunletApiError` (400) that names the first option given: a batch as a whole takes none yet. */
export function refuseBatchOptions(options: unknown): void {
  if (typeof options !== "object" || options === null) return;
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) throw refusedOption(name);
  }
}

function refusedOption(name: string): RunletApiError {
  if (KNOWN.has(name)) {
    return new RunletApiError(400, "unsupported_option", `Option "${name}" is not supported yet.`);
  }
  return new RunletApiError(
    400,
    "unknown_option",
    `Option "${name}" is unknown: the options are tags and maxAttempts.`,
  );
}

function readTags(value: unknown): readonly string[] {
  const tags: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (tags.length > LIMITS.tags) {
    throw invalid(`Option "tags" holds ${tags.length} tags; the limit is ${LIMITS.tags}.`);
  }
  return tags.map((tag) => {
    if (typeof tag !== "string" || tag.length === 0 || tag.length > LIMITS.tagLength) {
      throw invalid(`Option "tags" takes strings of 1-${LIMITS.tagLength} characters.`);
    }
    return tag;
  });
}

function readMaxAttempts(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > LIMITS.maxAttempts) {
    throw invalid(`Option "maxAttempts" must be a whole number from 1 to ${LIMITS.maxAttempts}.`);
  }
  return value;
}

function invalid(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_option", message);
}
