import { nextRoot, OWN_ROOT } from "../core/address.ts";
import { answersFor, type KeyHold } from "../core/key-hold.ts";
import type { Run } from "../core/run.ts";
import { addRun } from "./add-run.ts";
import type { Admission, Admitted } from "./admission.ts";
import { cancelRun } from "./cancel-run.ts";
import type { Turn } from "./turn.ts";

/**
 * Answers with the run that holds the key, or makes the next one. Whoever waits for it is told of its end, however many they
 * are; of a run that has ended, at once.
 */
export function admitKeyed(turn: Turn, admission: Admission): Admitted {
  const { waiter, canceled, arrived: _, request = "", ...plan } = admission;
  const last = holderOf(turn);
  if (last !== undefined && answersFor(last.hold, endOf(last.run), request, turn.now)) {
    const { isCached } = foundIn(last, request);
    // Canceled with its parent is what that has made, not what it has found.
    if (canceled === true && !isCached) cancelRun(turn, last.run.n);
    else if (canceled !== true && waiter?.group !== undefined) turn.addWaiting(last.run.n, waiter.group, waiter.n);
    return { n: last.run.n, isCached };
  }
  const n = last === undefined ? OWN_ROOT : nextRoot(last.run.n);
  const made = addRun(turn, { ...plan, n, request });
  if (canceled === true) turn.replaceRun(freed(made));
  if (canceled === true) cancelRun(turn, n);
  else if (waiter?.group !== undefined) turn.addWaiting(n, waiter.group, waiter.n);
  return { n, isCached: false };
}

/** The run that a trigger with the key of this group is answered with; undefined when it would make one. */
export function findKeyed(turn: Turn, request: string): Admitted | undefined {
  const last = holderOf(turn);
  if (last === undefined || !answersFor(last.hold, endOf(last.run), request, turn.now)) return undefined;
  return foundIn(last, request);
}

/** Frees the key of this group: its next trigger makes a run. False when no run holds it. */
export function resetKey(turn: Turn): boolean {
  const last = holderOf(turn);
  if (last === undefined || !answersFor(last.hold, endOf(last.run), "", turn.now)) return false;
  turn.replaceRun(freed(last.run));
  return true;
}

interface Holder {
  readonly run: Run;
  readonly hold: KeyHold;
}

function foundIn({ run, hold }: Holder, request: string): Admitted {
  return { n: run.n, isCached: hold.request !== request };
}

function holderOf(turn: Turn): Holder | undefined {
  // Another trigger of this turn may have made it.
  turn.write();
  const n = turn.scans.lastRoot(OWN_ROOT);
  const run = n === undefined ? undefined : turn.run(n);
  return run?.hold === undefined ? undefined : { run, hold: run.hold };
}

function endOf({ state }: Run) {
  return state.at === "final" ? state.status : undefined;
}

function freed(run: Run): Run {
  return run.hold === undefined ? run : { ...run, hold: { ...run.hold, freed: true } };
}
