import type { StoredOptions } from "../../sdk/lib/journal.ts";
import { readTriggerOptions } from "../../sdk/lib/trigger-options.ts";
import { invalidField, Refusal } from "./refusal.ts";

/** How the payload is written, and what is taken without effect: there is one machine, one region, one version. */
const WITHOUT_EFFECT = new Set(
  "payloadType payloadSize metadataType machine region lockToVersion externalDeploymentId".split(" "),
);

const NOT_BUILT = new Set(
  (
    "idempotencyKey idempotencyKeyTTL idempotencyKeyOptions delay ttl queue concurrencyKey concurrency gates priority " +
    "maxDuration metadata debounce test parentRunId resumeParentOnCompletion bulkActionId parentBatch parentAttempt " +
    "dependentAttempt dependentBatch"
  ).split(" "),
);

export interface WireOptions {
  readonly payloadType: unknown;
  readonly stored: StoredOptions;
}

/**
 * The `options` of a trigger or batch item. An option that would be without the effect it asks for is refused by its
 * name; one that is null or false asks for nothing.
 */
export function readOptions(options: unknown): WireOptions {
  if (options === undefined || options === null) return { payloadType: undefined, stored: {} };
  if (typeof options !== "object" || Array.isArray(options)) throw invalidField("options", "an object");
  let payloadType: unknown;
  let tags: string | string[] | undefined;
  let maxAttempts: number | undefined;
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === null || value === undefined) continue;
    if (name === "payloadType") payloadType = value;
    else if (name === "tags") tags = readTags(value);
    else if (name === "maxAttempts") maxAttempts = readMaxAttempts(value);
    else if (!WITHOUT_EFFECT.has(name) && value !== false) throw refusedOption(name);
  }
  if (tags === undefined && maxAttempts === undefined) return { payloadType, stored: {} };
  return { payloadType, stored: readTriggerOptions({ tags, maxAttempts }) };
}

function readTags(value: unknown): string | string[] {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((tag) => typeof tag === "string")) return value;
  throw invalidField("options.tags", "a string or an array of strings");
}

function readMaxAttempts(value: unknown): number {
  if (typeof value === "number") return value;
  throw invalidField("options.maxAttempts", "a number");
}

/** For requests that carry options beside their own fields, such as the creation of a batch. */
export function refusedOption(name: string): Refusal {
  if (NOT_BUILT.has(name)) {
    return new Refusal(400, "unsupported_option", `Option "${name}" is not supported yet.`);
  }
  return new Refusal(400, "unknown_option", `Option "${name}" is unknown: the options are tags and maxAttempts.`);
}
