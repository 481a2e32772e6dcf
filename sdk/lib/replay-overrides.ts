import { RunletApiError } from "./errors.ts";
import type { StoredOptions } from "./journal.ts";
import { readTriggerOptions, type TriggerOptions } from "./trigger-options.ts";

/**
 * What a replay may have in place of the run's own. The key of the run itself is not taken over: a replay has one only if it
 * is given here.
 */
export interface ReplayOverrides extends Omit<TriggerOptions, "debounce"> {
  /** Any value that a payload may be; `undefined` counts as not given. Default: the payload of the run. */
  readonly payload?: unknown;
  /**
   * The journal key of a step or wait, such as "step:charge#0" or "run:ship#0": what the run saw before it is not done
   * again. `runs.events` shows the keys. Default: everything is done again.
   */
  readonly from?: string | undefined;
}

const OPTIONS = new Set(
  (
    "tags metadata delay ttl maxAttempts maxDuration priority queue concurrencyKey idempotencyKey idempotencyKeyTTL " +
    "machine region version detached"
  ).split(" "),
);
/** The name of `version` on its way. */
const ON_THE_WIRE = "lockToVersion";
const NAMES = ["payload", "from", ...OPTIONS].join(", ");
const LONGEST_KEY = 4_096;

/**
 * The overrides of a replay apart from its payload, in the form that is stored. Throws a `RunletApiError` (400) that
 * names the first one that is unknown or cannot be used.
 */
export function readReplayOptions(overrides: Readonly<Record<string, unknown>>): {
  readonly options: StoredOptions;
  readonly from?: string;
} {
  const { from, ...options } = overrides;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || OPTIONS.has(name) || name === ON_THE_WIRE) continue;
    const message = `Override "${name}" is unknown: a replay takes ${NAMES}.`;
    throw new RunletApiError(400, "unknown_option", message);
  }
  const read = readTriggerOptions(options);
  if (from === undefined) return { options: read };
  if (typeof from === "string" && from.length > 0 && from.length <= LONGEST_KEY) return { options: read, from };
  const message = `Override "from" must be the key of a step or wait, such as "step:charge#0".`;
  throw new RunletApiError(400, "invalid_option", message);
}
