import { owedDelay } from "./retry.ts";
import type { Run, Transition } from "./run.ts";
import { wantsSlot, withoutDue, withWish } from "./wish.ts";

/** The queue has heard the wish with this number. */
export function hear(run: Run, number: number): Transition {
  const { wish } = run;
  if (wish?.number !== number || wish.due === undefined || holdsOn(run)) return { ignored: "out of place" };
  return { run: { ...run, wish: withoutDue(wish) }, effects: [] };
}

/** The run, canceled or out of time while it executed, with its slot: until its code has ended, or the lease has. */
export function untilCeased(run: Run, leaseEnd: number): Run {
  return run.wish === undefined ? run : { ...run, wish: { ...run.wish, due: leaseEnd } };
}

function holdsOn(run: Run): boolean {
  return run.state.at === "final" && run.wish !== undefined && wantsSlot(run.wish.want);
}

/** The code of a run that was stopped has ended: its slot goes back. */
export function cease(run: Run, epoch: number, now: number): Transition {
  if (!holdsOn(run) || epoch !== run.epoch) return { ignored: "out of place" };
  return wishAgain(run, now);
}

/** Its queue has not answered: it is told again. Or it never heard that the code of a run that was stopped has ended: it has to have. */
export function wishAgain(run: Run, now: number): Transition {
  const { wish } = run;
  if (wish === undefined) return { ignored: "out of place" };
  const tries = wish.tries + 1;
  const again = holdsOn(run) ? withWish(wish, "nothing", now) : { ...wish, tries, due: now + owedDelay(tries) };
  return { run: { ...run, wish: again }, effects: [{ type: "wish" }] };
}
