import type { Run } from "../core/run.ts";
import { wantsSlot, type Grant, type ToldWish, type Wish } from "../core/wish.ts";
import type { Turn } from "./turn.ts";

/** The wish that a run owes to its queue, as it is now, and the name of the queue. Undefined when it owes none. */
export function owedWish(turn: Turn, n: string): { readonly queue: string; readonly wish: ToldWish } | undefined {
  const run = turn.run(n);
  if (run?.wish?.due === undefined || run.queue === undefined) return undefined;
  // Canceled while it executed: it says nothing until its code has ended.
  if (run.state.at === "final" && wantsSlot(run.wish.want)) return undefined;
  return { queue: run.queue, wish: toldWish(run, run.wish) };
}

/** The queue has heard these wishes, and has given slots, to them or to others. */
export function takeAnswer(turn: Turn, told: readonly ToldWish[], granted: readonly Grant[]): void {
  for (const grant of granted) takeGrant(turn, grant);
  for (const { n, number } of told) turn.apply(n, { type: "heard", number });
}

/** Takes a slot; answers what the run wants instead, if that has no use for it. Twice is harmless. */
export function takeGrant(turn: Turn, { n, number }: Grant): ToldWish | undefined {
  if (turn.apply(n, { type: "granted", number })) return undefined;
  const run = turn.run(n);
  if (run?.wish === undefined) return noWish({ n, number });
  return run.wish.number === number ? undefined : toldWish(run, run.wish);
}

/** What is said of a run that is not here. */
export function noWish({ n, number }: Grant): ToldWish {
  return { n, number: number + 1, want: "nothing", key: "", rank: 0 };
}

function toldWish(run: Run, { number, want }: Wish): ToldWish {
  return { n: run.n, number, want, key: run.concurrencyKey ?? "", rank: rankOf(run) };
}

/** Lower goes first: the time from which on it could start, less its priority. */
function rankOf({ createdAt, delayedUntil, priority = 0 }: Run): number {
  return Math.max(createdAt, delayedUntil ?? 0) - priority * 1000;
}
