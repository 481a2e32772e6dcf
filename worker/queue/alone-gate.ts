/** How long a run that is set apart has the isolate to itself, among those set apart. */
const APART_MS = 1_000;

let freeAt = 0;

/**
 * Lets those that are set apart begin one after the other, in the whole isolate: the next one when the one before has
 * ended, or has gone on for a second without taking the isolate down. Times and not promises, since one event must not wait
 * for another's.
 */
export async function apart<T>(work: () => Promise<T>): Promise<T> {
  while (Date.now() < freeAt) await scheduler.wait(Math.max(1, Math.min(50, freeAt - Date.now())));
  const mine = Date.now() + APART_MS;
  freeAt = mine;
  try {
    return await work();
  } finally {
    if (freeAt === mine) freeAt = 0;
  }
}
