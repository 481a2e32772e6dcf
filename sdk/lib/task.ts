import { callSite } from "./call-site.ts";
import { triggerItems, waitForItems } from "./batch-trigger.ts";
import { DEFINITION, type RunParameters, type TaskDefinition, type TaskRetry } from "./definition.ts";
import { HOOK_NAMES, type TaskHooks } from "./hooks.ts";
import { readTaskQueue, type TaskQueue } from "./queue.ts";
import { readBiggerMachine, readHooks, readLimits, readRetry, readTaskId } from "./task-options.ts";
import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";
import type { Task } from "./task-types.ts";
import { triggerRun, waitForRun } from "./trigger.ts";

/** What `task()` takes. */
export interface TaskOptions<Id extends string, Payload, Output> extends TaskHooks<NoInfer<Payload>, NoInfer<Output>> {
  /** Names the task within the deployment: 1-128 of the characters A-Z a-z 0-9 _ . / : - */
  readonly id: Id;
  /** For people. */
  readonly description?: string;
  /** When and how often a failed attempt is tried again. Default: three attempts in all. */
  readonly retry?: TaskRetry;
  /** How long a run may wait for its start, in seconds or as a duration such as "10m". Default: for ever. */
  readonly ttl?: string | number;
  /** Seconds of active time that an attempt may take, 5 or more, waits not counted; then it is TIMED_OUT. Default: none. */
  readonly maxDuration?: number;
  /** Where runs wait, and for what: a `queue()`, or the limits of a queue of its own. Default: none, they start at once. */
  readonly queue?: TaskQueue;
  /**
   * The work. It is called again from the top after each wait, and what it waited for is remembered, so put side effects
   * into `step.run`. What it returns is the run's output: a value that superjson knows, 10 MiB of text at most.
   */
  readonly run: (payload: Payload, parameters: RunParameters) => Output | Promise<Output>;
}

/**
 * Defines a task. Its payload and output types are those of `run`; without an annotated payload it takes none.
 *
 * Throws a `RunletError` for a bad id, a retry out of range, and any option that is unknown or not supported yet.
 */
export function task<Id extends string, Payload = void, Output = unknown>(
  options: TaskOptions<Id, Payload, Output>,
): Task<Id, Payload, Output> {
  refuseUnknownKeys(options, "task()", [
    "id",
    "description",
    "retry",
    "ttl",
    "maxDuration",
    "queue",
    "run",
    ...HOOK_NAMES,
  ]);
  const { run } = options;
  return buildTask<Id, Payload, Output>(options, callSite(task), readHooks(options, options.id), {
    execute: async (payload, parameters) => run(payload as Payload, parameters),
  });
}

/** The task object for a definition, with all its methods. */
export function buildTask<Id extends string, Payload, Output>(
  options: {
    readonly id: Id;
    readonly description?: string;
    readonly retry?: TaskRetry;
    readonly ttl?: string | number;
    readonly maxDuration?: number;
    readonly queue?: TaskQueue;
    readonly run: unknown;
  },
  definedAt: string,
  hooks: TaskHooks,
  work: Pick<TaskDefinition, "parse" | "execute" | "subscription" | "schedule">,
): Task<Id, Payload, Output> {
  const id = readTaskId(options.id);
  const retry = readRetry(options.retry, `task "${id}"`, ["outOfMemory"]);
  const limits = { ...readLimits(options, id), ...readBiggerMachine(options.retry, id) };
  const queue = options.queue === undefined ? {} : { queue: readTaskQueue(options.queue, id) };
  if (typeof options.run !== "function") throw new TypeError(`Task "${id}" needs a run function.`);
  return {
    id,
    ...(options.description === undefined ? {} : { description: options.description }),
    [DEFINITION]: { id, retry, ...limits, ...queue, definedAt, hooks, ...work },
    trigger: (...parameters) => triggerRun(id, parameters),
    batchTrigger: (items, batchOptions) => triggerItems(items, () => id, batchOptions),
    triggerAndWait: (...parameters) => waitForRun(id, parameters),
    batchTriggerAndWait: (items, batchOptions) => waitForItems(items, () => id, batchOptions),
  };
}
