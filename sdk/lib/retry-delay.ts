import type { RetryOptions } from "./definition.ts";

/**
 * The delay before the attempt after `attempt`, in milliseconds:
 * min(max, (randomize ? 1 + random : 1) · min · factor^(attempt − 1)), rounded. `random` is in [0, 1).
 */
export function retryDelay(policy: Required<RetryOptions>, attempt: number, random: number): number {
  const spread = policy.randomize ? 1 + random : 1;
  const delay = spread * policy.minTimeoutInMs * policy.factor ** (attempt - 1);
  return Math.round(Math.min(policy.maxTimeoutInMs, delay));
}
