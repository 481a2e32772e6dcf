import type { ErrorInfo } from "./journal.ts";

/** Every error that Runlet itself throws is one of these. `name` tells them apart across bundles. */
export class RunletError extends Error {
  override name = "RunletError";
}

/**
 * The platform refused or failed a request. `status` is the HTTP status (0 when no answer came), `code` a word for
 * programs (`task_not_found`, `payload_too_large`...), `message` says what to do.
 */
export class RunletApiError extends RunletError {
  override name = "RunletApiError";
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** Thrown by a task to fail the run at once: no further attempt is made. */
export class AbortTaskRunError extends RunletError {
  override name = "AbortTaskRunError";
}

/**
 * Thrown by a task that has too little memory for its work. The run is CRASHED at once, unless `retry.outOfMemory` of the task
 * says otherwise. A runtime that really runs out of memory throws nothing: it is gone, which counts as a failed attempt.
 */
export class OutOfMemoryError extends RunletError {
  override name = "OutOfMemoryError";
}

/** Thrown by a task, from however deep, to complete its run with this output. */
export class CompleteTaskWithOutput extends RunletError {
  override name = "CompleteTaskWithOutput";
  readonly output: unknown;
  constructor(output?: unknown) {
    super("The task is complete.");
    this.output = output;
  }
}

/** The payload does not fit the task's schema. Not retried: it would fail again. */
export class TaskPayloadParsedError extends RunletError {
  override name = "TaskPayloadParsedError";
}

/** The output has more text than a run may give. Not retried: it would be as large again. */
export class OutputTooLargeError extends RunletError {
  override name = "OutputTooLargeError";
}

/** The reason of a task's `signal` when its run was cancelled. */
export class RunCanceledError extends RunletError {
  override name = "RunCanceledError";
}

/** `triggerAndWait`, `step.run` or another call that needs a run was made outside a task. */
export class OutsideTaskError extends RunletError {
  override name = "OutsideTaskError";
}

/** The task asked for something else than it did at the same place in an earlier pass of the same attempt. */
export class NonDeterministicError extends RunletError {
  override name = "NonDeterministicError";
}

/** A child failed and `.unwrap()` was asked for its output. `cause` is the child's error. */
export class SubtaskUnwrapError extends RunletError {
  override name = "SubtaskUnwrapError";
  readonly taskId: string;
  readonly runId: string;
  constructor(taskId: string, runId: string, cause: Error) {
    super(`Run ${runId} of task "${taskId}" failed: ${cause.message}`, { cause });
    this.taskId = taskId;
    this.runId = runId;
  }
}

/** Characters of an error's message, and of its stack, that are kept. */
const MAX_ERROR_TEXT = 20_000;

/**
 * The stored form of whatever was thrown. Never throws: what cannot be read is said to be so. Long texts are cut. All
 * three are text, whatever the error had in their place.
 */
export function describeError(thrown: unknown): ErrorInfo {
  if (!(thrown instanceof Error)) {
    const text = toText(() => thrown);
    return { name: "Error", message: typeof thrown === "string" ? text : `Thrown: ${text || String(thrown)}` };
  }
  const stack = toText(() => thrown.stack);
  return {
    name: toText(() => thrown.name) || "Error",
    message: toText(() => thrown.message),
    ...(stack === "" ? {} : { stack }),
  };
}

function toText(read: () => unknown): string {
  try {
    const value = read();
    const text =
      typeof value === "object" ? (JSON.stringify(value) ?? "") : String((value as number | undefined) ?? "");
    return text.length <= MAX_ERROR_TEXT ? text : `${text.slice(0, MAX_ERROR_TEXT)}… (${text.length} characters)`;
  } catch {
    return "[unreadable]";
  }
}

/** An Error again, from its stored form. */
export function reviveError(info: ErrorInfo): Error {
  const { refusal, message } = info;
  const error = refusal === undefined ? new Error(message) : new RunletApiError(refusal.status, refusal.code, message);
  error.name = info.name;
  if (info.stack !== undefined) error.stack = info.stack;
  return error;
}

/** What was thrown, as an Error. Never throws. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(toText(() => thrown));
}
