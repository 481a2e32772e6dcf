import type { RetryOptions } from "./definition.ts";
import { RunletError } from "./errors.ts";
import type { ResetFormat } from "./reset-time.ts";
import { badStatusPattern } from "./status-pattern.ts";
import { readRetry } from "./task-options.ts";
import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";

/** Tries again after growing pauses, or when the answer's `Retry-After` says. */
export interface BackoffStrategy extends RetryOptions {
  readonly strategy: "backoff";
}

/** Tries again when a header of the answer says. */
export interface HeadersStrategy {
  readonly strategy: "headers";
  /** The header with the number of requests that are allowed. For people: it changes nothing. */
  readonly limitHeader: string;
  /** The header with the number of requests that are left. For people: it changes nothing. */
  readonly remainingHeader: string;
  /** The header with the time at which requests are allowed again. */
  readonly resetHeader: string;
  /** How that time is written. Default `unix_timestamp_in_ms`. */
  readonly resetFormat?: ResetFormat;
}

/** When `retry.fetch` tries again. `null` in a place of it means never. */
export interface FetchRetryOptions {
  /**
   * By the status of the answer: `429`, `500-599`, `5xx`, `all`, or several separated by commas; the first that fits
   * counts. Default: `"408,409,429,5xx"` with backoff.
   */
  readonly byStatus?: Readonly<Record<string, BackoffStrategy | HeadersStrategy>> | null;
  /** For requests that took longer than `timeoutInMs`. Default: three attempts with backoff. */
  readonly timeout?: RetryOptions | null;
  /** For requests that got no answer. Default: three attempts with backoff. */
  readonly connectionError?: RetryOptions | null;
}

type Policy = Required<RetryOptions>;

export type StatusPolicy =
  | { readonly pattern: string; readonly strategy: "backoff"; readonly policy: Policy }
  | { readonly pattern: string; readonly strategy: "headers"; readonly header: string; readonly format: ResetFormat };

/** The options with their defaults; undefined where nothing is tried again. */
export interface FetchPolicy {
  readonly byStatus: readonly StatusPolicy[];
  readonly timeout: Policy | undefined;
  readonly connectionError: Policy | undefined;
}

const FORMATS: readonly string[] = [
  "unix_timestamp",
  "unix_timestamp_in_ms",
  "iso_8601",
  "iso_8601_duration_openai_variant",
] satisfies ResetFormat[];
const HEADER_NAMES = ["limitHeader", "remainingHeader", "resetHeader", "resetFormat"];
const DEFAULT_BY_STATUS = { "408,409,429,5xx": { strategy: "backoff" } } as const;

/** Throws a `RunletError` that names the option that is unknown or out of range. */
export function readFetchRetry(options: FetchRetryOptions = {}): FetchPolicy {
  refuseUnknownKeys(options, "retry.fetch()", ["byStatus", "timeout", "connectionError"]);
  const { byStatus = DEFAULT_BY_STATUS, timeout, connectionError } = options;
  return {
    byStatus: Object.entries(byStatus ?? {}).map(([pattern, strategy]) => readStrategy(pattern, strategy)),
    timeout: timeout === null ? undefined : readRetry(timeout, "retry.fetch(), timeout"),
    connectionError:
      connectionError === null ? undefined : readRetry(connectionError, "retry.fetch(), connectionError"),
  };
}

function readStrategy(pattern: string, given: BackoffStrategy | HeadersStrategy): StatusPolicy {
  const owner = `retry.fetch(), byStatus["${pattern}"]`;
  const bad = badStatusPattern(pattern);
  if (bad !== undefined) {
    throw new RunletError(`${owner}: "${bad}" is no status. Write 429, 500-599, 5xx, or "all".`);
  }
  switch (given.strategy) {
    case "backoff": {
      const { strategy, ...retry } = given;
      return { pattern, strategy, policy: readRetry(retry, owner) };
    }
    case "headers": {
      const { strategy, resetHeader, resetFormat = "unix_timestamp_in_ms" } = given;
      refuseUnknownKeys(given, owner, ["strategy", ...HEADER_NAMES]);
      if (typeof resetHeader !== "string" || resetHeader === "") throw new RunletError(`${owner} needs a resetHeader.`);
      if (!FORMATS.includes(resetFormat)) {
        throw new RunletError(`resetFormat of ${owner} must be one of ${FORMATS.join(", ")}.`);
      }
      return { pattern, strategy, header: resetHeader, format: resetFormat };
    }
    default:
      throw new RunletError(`strategy of ${owner} must be "backoff" or "headers".`);
  }
}
