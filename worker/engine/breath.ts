import type { Env } from "../env.ts";

/** How long this process may be at work, in milliseconds, before it looks for what has come from outside. */
const LONGEST_MS = 10;

let lookedAt = 0;

/** A request has come from outside: what comes from there was looked for just now. */
export function hasLooked(): void {
  lookedAt = Date.now();
}

/**
 * Lets requests, timers and alarms come in, once in 10 ms of work. For a Worker that shares one process with its objects
 * (`RUNLET_DISPATCH=direct`): workerd looks after sockets and timers when there is nothing left to do, and calls between consumers
 * and groups, of which each brings about the next, never leave it there. Elsewhere it does nothing.
 */
export async function breathe(env: Env): Promise<void> {
  if (env.RUNLET_DISPATCH !== "direct" || Date.now() - lookedAt < LONGEST_MS) return;
  // Others come here meanwhile and wait as well, until nobody is left that could go on.
  await scheduler.wait(0);
  hasLooked();
}
