import type { BatchObject, FinalStatus } from "../../sdk/lib/wire.ts";

/** The idempotency key that a run or batch was made with. */
export interface KeyHold {
  readonly key: string;
  /** The request that made it: sent again, it finds it whatever has come of it. */
  readonly request: string;
  /** Until when the key is held, in milliseconds since 1970. */
  readonly until: number;
  /** The key was reset. */
  readonly freed?: true;
}

const FREEING: ReadonlySet<FinalStatus | BatchObject["status"]> = new Set([
  "FAILED",
  "CRASHED",
  "SYSTEM_FAILURE",
  "TIMED_OUT",
  "EXPIRED",
  "ABORTED",
]);

/** Whether a trigger with the same key, made by `request`, is answered with what holds it. `ended`: its final status, if any. */
export function answersFor(
  hold: KeyHold,
  ended: FinalStatus | BatchObject["status"] | undefined,
  request: string,
  now: number,
): boolean {
  if (hold.request === request) return true;
  return hold.freed !== true && now < hold.until && !(ended !== undefined && FREEING.has(ended));
}
