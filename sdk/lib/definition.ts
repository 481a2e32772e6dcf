import type { TaskHooks } from "./hooks.ts";
import type { TaskContext } from "./pass-context.ts";
import type { QueueDefinition } from "./queue.ts";
import type { WebhookEndpoint } from "./webhook-endpoint.ts";
import type { CatchUp, Overlap } from "./schedule-wire.ts";

/** When and how often a failed attempt is tried again. Times are in milliseconds. */
export interface RetryOptions {
  /** Attempts in total, the first included. 1-250. Default 3. */
  readonly maxAttempts?: number;
  /** The delay grows by this factor from attempt to attempt. Default 2. */
  readonly factor?: number;
  /** Delay before the second attempt. Default 1000. */
  readonly minTimeoutInMs?: number;
  /** No delay is longer than this. Default 60000. */
  readonly maxTimeoutInMs?: number;
  /** Multiplies each delay by a random number between 1 and 2. Default true. */
  readonly randomize?: boolean;
}

/** The `retry` of a task. */
export interface TaskRetry extends RetryOptions {
  /**
   * What to do about an `OutOfMemoryError`: one further attempt, with this as the run's machine. There is one kind of machine,
   * so the name has no other effect. Default: the run is CRASHED at once.
   */
  readonly outOfMemory?: { readonly machine: string };
}

/** What `run` gets beside the payload. */
export interface RunParameters {
  readonly ctx: TaskContext;
  /**
   * Aborted when what comes of this call counts no more: the run is cancelled, has used up its `maxDuration`, or was handed to another
   * consumer since the lease of this one has run out; or the consumer must end, 14 minutes after it began. Its code has 30 seconds
   * from then on to clean up.
   */
  readonly signal: AbortSignal;
}

/** Which events of which endpoint a task gets. */
export interface WebhookSubscription {
  readonly endpoint: WebhookEndpoint;
  readonly filter?: (delivery: { readonly event: unknown; readonly headers: Headers }) => unknown;
  /** The source text of the filter, for people. */
  readonly filterText?: string;
}

/** The schedule of a task, and what counts for others that run it, unless they say otherwise. */
export interface ScheduleDeclaration {
  /** Absent for a task that others schedule. */
  readonly cron?: { readonly pattern: string; readonly timezone?: string; readonly window?: string };
  readonly catchUp?: CatchUp;
  readonly overlap?: Overlap;
}

/** What the platform needs of a task: the registry holds these, the executor calls `execute`. */
export interface TaskDefinition {
  readonly id: string;
  readonly retry: Required<RetryOptions>;
  /** The machine of the attempt after an `OutOfMemoryError`, if there is to be one. */
  readonly biggerMachine?: string;
  /** Seconds; 0 or absent for none. */
  readonly ttl?: number;
  /** Seconds. */
  readonly maxDuration?: number;
  /** Where its runs go, if not to a queue of its own without limits. */
  readonly queue?: QueueDefinition;
  /** Of a webhook task. */
  readonly subscription?: WebhookSubscription;
  /** Of a task of `schedules.task`: what it takes is what a schedule gives it. */
  readonly schedule?: ScheduleDeclaration;
  /** Where `task()` was called, for the message about two tasks with one id. */
  readonly definedAt: string;
  /** The hooks of the task. Their payload and output are of the types of this task, which nobody knows here. */
  readonly hooks?: TaskHooks;
  /** Makes of what was triggered what `execute` and the hooks are given (schemaTask). */
  parse?(payload: unknown): Promise<unknown>;
  /** Calls the user's function. */
  execute(payload: unknown, parameters: RunParameters): Promise<unknown>;
}

/** The key under which a task object carries its definition. */
export const DEFINITION = Symbol.for("runlet.definition");

export interface Defined {
  readonly [DEFINITION]: TaskDefinition;
}
