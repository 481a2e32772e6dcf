import { RunletApiError } from "../../sdk/lib/errors.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";

/** The key of a request. Throws a `RunletApiError` (400) for one that is too short or too long. */
export function checkKey(requestKey: string): string {
  if (requestKey.length > 0 && requestKey.length <= LIMITS.requestKeyLength) return requestKey;
  const message = `The request key must have 1 to ${LIMITS.requestKeyLength} characters.`;
  throw new RunletApiError(400, "invalid_request_key", message);
}

/** The size of a batch. Throws a `RunletApiError` (400) for one that is out of range. */
export function checkRunCount(runCount: number): void {
  if (Number.isInteger(runCount) && runCount >= 1 && runCount <= LIMITS.batchItems) return;
  const message = `runCount must be a whole number from 1 to ${LIMITS.batchItems}; it is ${runCount}.`;
  throw new RunletApiError(400, "invalid_run_count", message);
}
