import type { Packet } from "../../sdk/lib/packet.ts";
import { newRun, type RunPlan } from "./new-run.ts";
import type { Turn } from "./turn.ts";

/** A run to be made at the root of a group. */
export interface Admission extends Omit<RunPlan, "key" | "digest" | "madeIn"> {
  readonly payload: Packet;
  /** Made only to be canceled: its parent was, before it could start. */
  readonly canceled?: boolean;
}

/** Makes the run unless it is there already; says whether it was. A retried or repeated request finds the first one. */
export function admitRun(turn: Turn, admission: Admission): { readonly isCached: boolean } {
  const { n, canceled } = admission;
  if (turn.run(n) !== undefined) {
    if (canceled === true) {
      cancelRun(turn, n);
      // Whatever the run has come to, what it started goes on below it and belongs to what was canceled.
      turn.cancelBelow(n);
    }
    return { isCached: true };
  }
  const { payload, canceled: _, ...plan } = admission;
  turn.add({ kind: "run", record: newRun(plan, turn.now) }, payload);
  if (canceled === true) cancelRun(turn, n);
  return { isCached: false };
}

/** Cancels a run and everything below it. False when there is no such run. */
export function cancelRun(turn: Turn, n: string): boolean {
  if (turn.run(n) === undefined) return false;
  if (turn.apply(n, { type: "canceled" })) turn.cancelBelow(n);
  turn.ready = turn.ready.filter((ready) => turn.run(ready.n)?.state.at === "queued");
  return true;
}
