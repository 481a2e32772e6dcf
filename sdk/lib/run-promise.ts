import { SubtaskUnwrapError, reviveError } from "./errors.ts";
import type { RunOutcome } from "./journal.ts";
import { decodePacket } from "./packet.ts";
import type { TaskRunResult } from "./task-result.ts";

/**
 * A promise that asks its source only once someone asks it: `then`, `catch`, `finally` or `await`. Inside a task this
 * tells a wait that was begun from one that the code stands at; so the source is asked again each time until it has
 * settled, since whoever stood there before may have gone on without it.
 */
export class LazyPromise<T> implements Promise<T> {
  readonly [Symbol.toStringTag]: string = "LazyPromise";
  readonly #start: () => PromiseLike<T>;
  #started: Promise<T> | undefined;
  #isSettled = false;

  /** `start` asks the source; it is called again for as long as that has not settled. */
  constructor(start: () => PromiseLike<T>) {
    this.#start = start;
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.#started === undefined) this.#started = this.#ask();
    else if (!this.#isSettled) void this.#start().then(ignore, ignore);
    return this.#started.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then().finally(onFinally);
  }

  #ask(): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      void this.#start().then(
        (value) => {
          this.#isSettled = true;
          resolve(value);
        },
        (reason: unknown) => {
          this.#isSettled = true;
          reject(reason instanceof Error ? reason : new Error(String(reason)));
        },
      );
    });
  }
}

function ignore(): void {
  // Whoever asked first hears of it.
}

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
