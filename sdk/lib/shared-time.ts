import { readKey } from "./hash-key.ts";
import { lateWait } from "./late-wait.ts";
import type { PassContext } from "./pass-context.ts";
import { LazyPromise } from "./lazy-promise.ts";
import { requestKeyOf, valueOf } from "./step.ts";
import { currentDoor } from "./trigger.ts";
import { readBatchOptions } from "./trigger-options.ts";
import { refuseBefore } from "./waits.ts";

/** A key of a wait for a time. */
export interface WaitKey {
  /**
   * Waits with one key end at one time, that of the first: one that comes later has less to wait for, or nothing. As the key
   * of a trigger.
   */
  readonly idempotencyKey?: string | readonly string[] | undefined;
  /** How long the key is held, as a duration. Default 30 days. */
  readonly idempotencyKeyTTL?: string | undefined;
}

/** The time that a wait asks for, in milliseconds since 1970. `isPastRefused`: it must not have passed when the wait is new. */
export interface AskedTime {
  readonly until: number;
  readonly isPastRefused: boolean;
}

/**
 * Waits for the time that the first wait with this key has chosen: `until`, if it is the first. The time is a token that nobody
 * completes. Throws a `RunletApiError` (400) for what is no key, and where
 * nothing can be waited for.
 */
export function waitForSharedTime(
  pass: PassContext,
  call: string,
  { until, isPastRefused }: AskedTime,
  key: WaitKey,
): Promise<void> {
  const refusal = pass.refusalOfWait("a time");
  if (refusal !== undefined) throw refusal;
  const { idempotencyKey = "", idempotencyKeyTTL } = key;
  const read = readBatchOptions({ idempotencyKey: readKey(idempotencyKey), idempotencyKeyTTL });
  const door = currentDoor();
  const timeout = new Date(until).toISOString();
  const made = pass.step(call, (stepKey) => {
    if (isPastRefused) refuseBefore(Date.now(), until);
    return door.createToken({ requestKey: requestKeyOf(pass, stepKey), tags: [], timeout, isTime: true, ...read });
  });
  const wait = lateWait(pass, made, (outcome) => pass.waitForToken((valueOf(outcome) as { readonly id: string }).id));
  return new LazyPromise(() => wait().then(() => undefined));
}
