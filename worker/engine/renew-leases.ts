import type { Gone } from "./group-api.ts";
import type { Turn } from "./turn.ts";

/**
 * Prolongs leases; answers which runs the caller no longer holds. The row is written only when less than
 * half of the lease is left: renewals are at most a third of a lease apart, so what it says is never behind.
 */
export function renewLeases(turn: Turn, held: readonly { n: string; epoch: number }[], leaseMs: number): Gone[] {
  const gone: Gone[] = [];
  for (const { n, epoch } of held) {
    const run = turn.run(n);
    if (run?.state.at === "final") gone.push({ n, status: run.state.status });
    else if (run?.state.at !== "executing" || run.epoch !== epoch) gone.push({ n });
    else if (run.state.due < turn.now + leaseMs / 2) turn.apply(n, { type: "renewed", due: turn.now + leaseMs });
  }
  return gone;
}
