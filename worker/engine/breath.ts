/** How long this process may be at work, in milliseconds, before it looks for what has come from outside. */
const LONGEST_MS = 10;

let isShared = false;
let lookedAt = 0;

/** This Worker shares one process with its objects, as under `workerd serve`. */
export function shareProcess(): void {
  isShared = true;
}

/** A request has come from outside: what comes from there was looked for just now. */
export function hasLooked(): void {
  lookedAt = Date.now();
}

/**
 * Lets requests, timers and alarms come in, once in 10 ms of work; undefined when it is not time for that. For a Worker that
 * shares a process with its objects: workerd looks after sockets and timers when there is nothing left to do, and calls of which
 * each brings about the next never leave it there. Elsewhere it does nothing.
 */
export function breath(): Promise<void> | undefined {
  // The clock may be set back.
  if (!isShared || Math.abs(Date.now() - lookedAt) < LONGEST_MS) return undefined;
  // Others come here meanwhile and wait as well, until nobody is left that could go on.
  return scheduler.wait(0).then(hasLooked);
}
