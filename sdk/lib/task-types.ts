import type { Defined } from "./definition.ts";
import type { TaskRunPromise } from "./run-promise.ts";
import type { BatchResult, TaskRunResult } from "./task-result.ts";
import type { BatchTriggerOptions, TriggerOptions } from "./trigger-options.ts";

/** Carries types from a task to its handles and results. No object has this property. */
declare const TYPES: unique symbol;

/** What a task takes and gives. */
export interface TaskTypes<Payload, Output> {
  readonly payload: Payload;
  readonly output: Output;
}

/** Any task, whatever its types: the constraint of generic code. */
export interface AnyTask extends Defined {
  readonly id: string;
  readonly [TYPES]?: TaskTypes<unknown, unknown>;
}

/** The id of a task, as a literal type. */
export type TaskId<T extends AnyTask> = T["id"];

/** What a task is triggered with (for a `schemaTask`, the schema's input). */
export type TaskPayload<T extends AnyTask> = T extends { readonly [TYPES]?: { readonly payload: infer P } } ? P : never;

/** What a task's `run` gives. */
export type TaskOutput<T extends AnyTask> = T extends { readonly [TYPES]?: { readonly output: infer O } } ? O : never;

/** The arguments of a trigger: the payload may be left out where it may be `undefined`. */
export type TriggerParameters<Payload> = undefined extends Payload
  ? [payload?: Payload, options?: TriggerOptions | undefined]
  : [payload: Payload, options?: TriggerOptions | undefined];

/** A run that was triggered. Give it, or its `id`, to `runs.retrieve`, `runs.poll` and `runs.cancel`. */
export interface RunHandle<Id extends string = string, Payload = unknown, Output = unknown> {
  readonly id: string;
  readonly taskIdentifier: Id;
  /** True when the trigger found a run that was there before. */
  readonly isCached: boolean;
  readonly [TYPES]?: TaskTypes<Payload, Output>;
}

/** The handle that triggering `T` gives. */
export type TaskRunHandle<T extends AnyTask> = RunHandle<TaskId<T>, TaskPayload<T>, TaskOutput<T>>;

/** A batch that was triggered. Give it, or its `batchId`, to `batch.retrieve`. */
export interface BatchHandle {
  readonly batchId: string;
  readonly runCount: number;
}

/** The result of a run of `T`; of a union of tasks, a union told apart by `taskIdentifier`. */
export type ResultOf<T extends AnyTask> = T extends AnyTask ? TaskRunResult<TaskId<T>, TaskOutput<T>> : never;

/** What came of a batch of tasks: a tuple of results, each of its item's types. */
export interface BatchByTaskResult<Tasks extends readonly AnyTask[]> {
  readonly id: string;
  readonly runs: { readonly [K in keyof Tasks]: ResultOf<Tasks[K]> };
}

type WithPayload<Payload> = undefined extends Payload ? { readonly payload?: Payload } : { readonly payload: Payload };

/** One item of a batch of one task. */
export type BatchItem<Payload> = WithPayload<Payload> & { readonly options?: TriggerOptions | undefined };

/** One item of a batch of several tasks, each named by its id. */
export type BatchItemById<T extends AnyTask> = T extends AnyTask
  ? { readonly id: TaskId<T> } & BatchItem<TaskPayload<T>>
  : never;

/** One item of a batch of several tasks, each given as the task itself. */
export type BatchItemByTask<T extends AnyTask> = { readonly task: T } & BatchItem<TaskPayload<T>>;

/**
 * The items of a batch: an array, or anything that can be iterated (a generator, a `ReadableStream`). All items are
 * taken before the first is sent, since the batch is created with its count. Payloads are encoded one by one as they
 * are sent, and again if they are sent again: leave them unchanged until the call has come back.
 */
export type BatchItems<Item> = readonly Item[] | Iterable<Item> | AsyncIterable<Item>;

/**
 * A task: what `task()` and `schemaTask()` give. All methods refuse options that are not built yet by name, and
 * payloads over 3 MiB of encoded text, with a `RunletApiError`.
 */
export interface Task<Id extends string, Payload, Output> extends Defined {
  readonly id: Id;
  readonly description?: string;
  readonly [TYPES]?: TaskTypes<Payload, Output>;

  /** Starts a run and comes back at once with its handle. Usable anywhere. */
  trigger(...parameters: TriggerParameters<Payload>): Promise<RunHandle<Id, Payload, Output>>;

  /** Starts a run for each item, 1-20,000 of them. Nothing starts before all items have arrived. Usable anywhere. */
  batchTrigger(items: BatchItems<BatchItem<Payload>>, options?: BatchTriggerOptions): Promise<BatchHandle>;

  /**
   * Starts a run and waits for its result; the waiting task uses nothing meanwhile. A failed child gives
   * `{ ok: false, error }`; `.unwrap()` gives the output or throws `SubtaskUnwrapError`. Only inside a task: elsewhere
   * it rejects with `OutsideTaskError`.
   */
  triggerAndWait(...parameters: TriggerParameters<Payload>): TaskRunPromise<Id, Output>;

  /**
   * Starts a run for each item and waits for all of them. The results are in the order of the items. Only inside a
   * task: elsewhere it rejects with `OutsideTaskError`.
   */
  batchTriggerAndWait(
    items: BatchItems<BatchItem<Payload>>,
    options?: BatchTriggerOptions,
  ): Promise<BatchResult<TaskRunResult<Id, Output>>>;
}
