import { RunletApiError } from "../../sdk/lib/errors.ts";
import { breath } from "./breath.ts";

const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 50;

/**
 * Makes a call to an object. A failure that the platform marks as retryable is tried again, with a new stub (the old one is
 * broken), for 30 s; an overloaded object never is. `again` is true from the second try on: what was asked for may have been
 * done. Throws `RunletApiError` 503 when the object could not be reached.
 */
export async function insist<T>(what: string, call: (again: boolean) => Promise<T>): Promise<T> {
  const start = Date.now();
  let again = false;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      const pausing = breath();
      if (pausing !== undefined) await pausing;
      return await call(again);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (Date.now() - start + pause > PATIENCE_MS) {
        throw new RunletApiError(503, "unavailable", `${what} could not be reached. Try again.`, { cause: error });
      }
      again = true;
      await scheduler.wait(pause);
    }
  }
}

function isRetryable(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const flags = error as { retryable?: unknown; overloaded?: unknown };
  return flags.retryable === true && flags.overloaded !== true;
}
