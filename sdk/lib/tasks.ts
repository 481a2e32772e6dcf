import { triggerItems, waitForItems } from "./batch-trigger.ts";
import { globalHookMethods } from "./global-hooks.ts";
import type { TaskRunPromise } from "./run-promise.ts";
import type { BatchResult } from "./task-result.ts";
import type {
  AnyTask,
  BatchHandle,
  BatchItem,
  BatchItems,
  ResultOf,
  TaskId,
  TaskOutput,
  TaskPayload,
  TaskRunHandle,
  TriggerParameters,
} from "./task-types.ts";
import { triggerRun, waitForRun } from "./trigger.ts";
import type { BatchTriggerOptions } from "./trigger-options.ts";

/**
 * Triggers tasks by id, typed by `typeof yourTask`: a type-only import, so that a backend bundles no task code. What
 * the methods do, and what they throw, is said at `Task`. An id that the platform does not know is refused with a
 * `RunletApiError` (404, `task_not_found`).
 *
 * `tasks.onFailure(fn)` and the other names of hooks register a hook for the runs of all tasks of the Worker, as
 * `TaskHooks` says; call them where the tasks are defined.
 */
export const tasks = {
  ...globalHookMethods,

  /** `tasks.trigger<typeof resize>("resize", { width: 100 })` */
  trigger<T extends AnyTask>(
    id: TaskId<T>,
    ...parameters: TriggerParameters<TaskPayload<T>>
  ): Promise<TaskRunHandle<T>> {
    return triggerRun(id, parameters);
  },

  /** `tasks.batchTrigger<typeof resize>("resize", [{ payload: { width: 100 } }])` */
  batchTrigger<T extends AnyTask>(
    id: TaskId<T>,
    items: BatchItems<BatchItem<TaskPayload<T>>>,
    options?: BatchTriggerOptions,
  ): Promise<BatchHandle> {
    return triggerItems(items, () => id, options);
  },

  /** `await tasks.triggerAndWait<typeof resize>("resize", { width: 100 }).unwrap()`, inside a task. */
  triggerAndWait<T extends AnyTask>(
    id: TaskId<T>,
    ...parameters: TriggerParameters<TaskPayload<T>>
  ): TaskRunPromise<TaskId<T>, TaskOutput<T>> {
    return waitForRun(id, parameters);
  },

  /** `await tasks.batchTriggerAndWait<typeof resize>("resize", [{ payload: { width: 100 } }])`, inside a task. */
  batchTriggerAndWait<T extends AnyTask>(
    id: TaskId<T>,
    items: BatchItems<BatchItem<TaskPayload<T>>>,
    options?: BatchTriggerOptions,
  ): Promise<BatchResult<ResultOf<T>>> {
    return waitForItems(items, () => id, options);
  },
};
