import type { Run } from "../core/run.ts";
import { wantsSlot, type Grant, type ToldWish } from "../core/wish.ts";
import type { Turn } from "./turn.ts";

/** The wish that a run owes to its queue, as it is now, and the name of the queue. Undefined when it owes none. */
export function owedWish(turn: Turn, n: string): { readonly queue: string; readonly wish: ToldWish } | undefined {
  const run = turn.run(n);
  if (run?.wish?.due === undefined || run.queue === undefined) return undefined;
  const { number, want } = run.wish;
  // Canceled while it executed: it says nothing until its code has ended.
  if (run.state.at === "final" && wantsSlot(want)) return undefined;
  return { queue: run.queue, wish: { n, number, want, key: run.concurrencyKey ?? "", rank: rankOf(run) } };
}

/** The queue has heard these wishes, and has given slots, to them or to others. */
export function takeAnswer(turn: Turn, told: readonly ToldWish[], granted: readonly Grant[]): void {
  for (const grant of granted) takeGrant(turn, grant);
  for (const { n, number } of told) turn.apply(n, { type: "heard", number });
}

/** Takes a slot. False when the run does not want it any more; twice is harmless. */
export function takeGrant(turn: Turn, { n, number }: Grant): boolean {
  if (turn.apply(n, { type: "granted", number })) return true;
  const wish = turn.run(n)?.wish;
  return wish?.number === number && wantsSlot(wish.want);
}

/** Lower goes first: the time from which on it could start, less its priority. */
function rankOf({ createdAt, delayedUntil, priority = 0 }: Run): number {
  return Math.max(createdAt, delayedUntil ?? 0) - priority * 1000;
}
