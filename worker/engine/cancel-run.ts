import type { Turn } from "./turn.ts";

/** Cancels a run and everything below it. False when there is no such run. */
export function cancelRun(turn: Turn, n: string): boolean {
  if (turn.run(n) === undefined) return false;
  if (turn.apply(n, { type: "canceled" })) turn.cancelBelow(n);
  turn.ready = turn.ready.filter((ready) => turn.run(ready.n)?.state.at === "queued");
  return true;
}
