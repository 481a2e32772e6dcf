import { triggerItems, waitForItems } from "./batch-trigger.ts";
import { currentSurroundings } from "./pass-context.ts";
import { readBatchId } from "./run-reference.ts";
import type { BatchResult } from "./task-result.ts";
import type {
  AnyTask,
  BatchByTaskResult,
  BatchHandle,
  BatchItemById,
  BatchItemByTask,
  BatchItems,
  ResultOf,
} from "./task-types.ts";
import { doorOf } from "./trigger.ts";
import type { BatchTriggerOptions } from "./trigger-options.ts";
import type { BatchObject } from "./wire.ts";

/** Items given as an array literal, so that the result is a tuple with one place for each. */
type TaskTuple<Tasks extends readonly AnyTask[]> = { readonly [K in keyof Tasks]: BatchItemByTask<Tasks[K]> };

interface ItemById {
  readonly id: string;
  readonly payload?: unknown;
  readonly options?: unknown;
}

interface ItemByTask {
  readonly task: AnyTask;
  readonly payload?: unknown;
  readonly options?: unknown;
}

function triggerByTask<const Tasks extends readonly AnyTask[]>(
  items: TaskTuple<Tasks>,
  options?: BatchTriggerOptions,
): Promise<BatchHandle>;
function triggerByTask<T extends AnyTask>(
  items: BatchItems<BatchItemByTask<T>>,
  options?: BatchTriggerOptions,
): Promise<BatchHandle>;
function triggerByTask(items: BatchItems<ItemByTask>, options?: BatchTriggerOptions): Promise<BatchHandle> {
  return triggerItems(items, (item) => item.task.id, options);
}

function triggerByTaskAndWait<const Tasks extends readonly AnyTask[]>(
  items: TaskTuple<Tasks>,
  options?: BatchTriggerOptions,
): Promise<BatchByTaskResult<Tasks>>;
function triggerByTaskAndWait<T extends AnyTask>(
  items: BatchItems<BatchItemByTask<T>>,
  options?: BatchTriggerOptions,
): Promise<BatchResult<ResultOf<T>>>;
function triggerByTaskAndWait(items: BatchItems<ItemByTask>, options?: BatchTriggerOptions): Promise<unknown> {
  return waitForItems(items, (item) => item.task.id, options);
}

/** Batches of several tasks, and a look at a batch. Limits and errors are those of `Task.batchTrigger`. */
export const batch = {
  /** `batch.trigger<typeof resize | typeof mail>([{ id: "resize", payload }, { id: "mail", payload }])` */
  trigger<T extends AnyTask = AnyTask>(
    items: BatchItems<BatchItemById<T>>,
    options?: BatchTriggerOptions,
  ): Promise<BatchHandle> {
    return triggerItems<ItemById>(items, (item) => item.id, options);
  },

  /** The same, waiting for all; each result is told apart by `taskIdentifier`. Only inside a task. */
  triggerAndWait<T extends AnyTask = AnyTask>(
    items: BatchItems<BatchItemById<T>>,
    options?: BatchTriggerOptions,
  ): Promise<BatchResult<ResultOf<T>>> {
    return waitForItems<ItemById, ResultOf<T>>(items, (item) => item.id, options);
  },

  /** `batch.triggerByTask([{ task: resize, payload }, { task: mail, payload }])` */
  triggerByTask,

  /** The same, waiting for all; the results are a tuple with the types of the items. Only inside a task. */
  triggerByTaskAndWait,

  /** How a batch goes, and the ids of its runs. Throws a `RunletApiError` (404) for an unknown one. */
  async retrieve(batchId: string | BatchHandle): Promise<BatchObject> {
    return doorOf(currentSurroundings()).retrieveBatch(readBatchId(batchId));
  },
};
