import { RunletError } from "./errors.ts";
import type { BatchHandle, RunHandle } from "./task-types.ts";

/** A run, as its handle or its id. */
export type RunReference = string | RunHandle | { readonly id: string };

/** The id. Throws a `RunletError` for what is neither an id nor a handle. */
export function readRunId(run: RunReference): string {
  return readId(typeof run === "string" ? run : run?.id, "run");
}

/** The id. Throws a `RunletError` for what is neither an id nor a handle. */
export function readBatchId(batch: string | BatchHandle): string {
  return readId(typeof batch === "string" ? batch : batch?.batchId, "batch");
}

function readId(id: unknown, noun: string): string {
  if (typeof id === "string" && id.length > 0) return id;
  throw new RunletError(
    `Expected the id or the handle of a ${noun}, not ${id === "" ? "an empty string" : typeof id}.`,
  );
}
