import { SubtaskUnwrapError, reviveError } from "./errors.ts";
import type { RunOutcome } from "./journal.ts";
import { LazyPromise } from "./lazy-promise.ts";
import { decodePacket } from "./packet.ts";
import type { TaskRunResult } from "./task-result.ts";

/** The wait for one child. Awaited, it gives `{ ok, id, taskIdentifier, output | error }`. */
export class TaskRunPromise<Id extends string, Output> extends LazyPromise<TaskRunResult<Id, Output>> {
  override readonly [Symbol.toStringTag]: string = "TaskRunPromise";

  /** The child's output. Throws a `SubtaskUnwrapError`, with the child's error as its `cause`, when the child failed. */
  unwrap(): Promise<Output> {
    return new LazyPromise(() => this.then(unwrapResult));
  }
}

/** The output of a result. Throws a `SubtaskUnwrapError` for a failed one. */
function unwrapResult<Output>(result: TaskRunResult<string, Output>): Output {
  if (result.ok) return result.output;
  throw new SubtaskUnwrapError(result.taskIdentifier, result.id, result.error);
}

/** The result that user code sees of a child's outcome. The types are those of the task that was triggered. */
export function toResult<Id extends string, Output>(run: RunOutcome): TaskRunResult<Id, Output> {
  const taskIdentifier = run.task as Id;
  if (run.outcome.ok) {
    return { ok: true, id: run.id, taskIdentifier, output: decodePacket(run.outcome.output) as Output };
  }
  return { ok: false, id: run.id, taskIdentifier, error: reviveError(run.outcome.error) };
}
