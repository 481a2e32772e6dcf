import type { RetryOptions, TaskRetry } from "./definition.ts";
import { RunletApiError, RunletError } from "./errors.ts";
import { HOOK_NAMES, type TaskHooks } from "./hooks.ts";
import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";
import { readMaxDuration, readTtl } from "./trigger-options.ts";
import { LIMITS } from "./wire.ts";

const TASK_ID = /^[A-Za-z0-9_./:-]+$/;

const RETRY_NAMES = ["maxAttempts", "factor", "minTimeoutInMs", "maxTimeoutInMs", "randomize"] as const;

/** The id, if tasks may be named so. Throws a `RunletError` that says what is wrong with it. */
export function readTaskId<Id extends string>(id: Id): Id {
  if (typeof id !== "string" || id.length === 0) throw new RunletError("A task needs an id: a string that names it.");
  if (id.length > LIMITS.taskIdLength) {
    const shown = `${id.slice(0, 40)}…`;
    throw new RunletError(`The task id "${shown}" has ${id.length} characters; the limit is ${LIMITS.taskIdLength}.`);
  }
  if (!TASK_ID.test(id)) {
    throw new RunletError(`The task id "${id}" may hold only the characters A-Z a-z 0-9 _ . / : -`);
  }
  return id;
}

/** The limits of time, checked. Throws a `RunletError` for a value out of range. */
export function readLimits(
  { ttl, maxDuration }: { readonly ttl?: string | number; readonly maxDuration?: number },
  taskId: string,
): { readonly ttl?: number; readonly maxDuration?: number } {
  try {
    return {
      ...(ttl === undefined ? {} : { ttl: readTtl(ttl) }),
      ...(maxDuration === undefined ? {} : { maxDuration: readMaxDuration(maxDuration) }),
    };
  } catch (error) {
    if (!(error instanceof RunletApiError)) throw error;
    throw new RunletError(error.message.replace(/^Option "(\w+)"/, `$1 of task "${taskId}"`));
  }
}

/** The hooks among the options. Throws a `RunletError` that names one that is no function. */
export function readHooks<Payload, Output>(options: TaskHooks<Payload, Output>, taskId: string): TaskHooks {
  const given = HOOK_NAMES.filter((name) => options[name] !== undefined);
  for (const name of given) {
    if (typeof options[name] !== "function") throw new RunletError(`${name} of task "${taskId}" must be a function.`);
  }
  // Their types end here: the registry holds tasks of all types.
  return Object.fromEntries(given.map((name) => [name, options[name]])) as TaskHooks;
}

/** The machine of the attempt after one that had too little memory. Throws a `RunletError` for what is no name. */
export function readBiggerMachine(retry: TaskRetry | undefined, taskId: string): { readonly biggerMachine?: string } {
  const { outOfMemory } = retry ?? {};
  if (outOfMemory === undefined) return {};
  const { machine } = (outOfMemory ?? {}) as { readonly machine?: unknown };
  if (typeof machine === "string" && machine !== "" && machine.length <= LIMITS.nameLength) {
    return { biggerMachine: machine };
  }
  throw new RunletError(`retry.outOfMemory of task "${taskId}" must be an object with the name of a machine.`);
}

/** The retry options with their defaults, those of `owner`; `others` may stand beside them. Throws a `RunletError` for a value out of range. */
export function readRetry(
  retry: RetryOptions | undefined,
  owner: string,
  others: readonly string[] = [],
): Required<RetryOptions> {
  if (retry !== undefined && (typeof retry !== "object" || retry === null)) {
    throw new RunletError(`retry of ${owner} must be an object.`);
  }
  refuseUnknownKeys(retry ?? {}, `${owner}, retry,`, [...RETRY_NAMES, ...others]);
  const refuse = (name: string, rule: string) => new RunletError(`retry.${name} of ${owner} must be ${rule}.`);

  const { maxAttempts = 3, factor = 2, minTimeoutInMs = 1000, maxTimeoutInMs = 60_000, randomize = true } = retry ?? {};
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > LIMITS.maxAttempts) {
    throw refuse("maxAttempts", `a whole number from 1 to ${LIMITS.maxAttempts}`);
  }
  if (!Number.isFinite(factor) || factor < 1) throw refuse("factor", "a number, 1 or more");
  if (!Number.isFinite(minTimeoutInMs) || minTimeoutInMs < 0) throw refuse("minTimeoutInMs", "milliseconds, 0 or more");
  if (!Number.isFinite(maxTimeoutInMs) || maxTimeoutInMs < minTimeoutInMs) {
    throw refuse("maxTimeoutInMs", `milliseconds, and not less than minTimeoutInMs (${minTimeoutInMs})`);
  }
  if (typeof randomize !== "boolean") throw refuse("randomize", "true or false");
  return { maxAttempts, factor, minTimeoutInMs, maxTimeoutInMs, randomize };
}
