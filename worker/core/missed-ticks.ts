import type { CatchUp } from "../../sdk/lib/schedule-wire.ts";
import { previousTicks } from "./cron.ts";
import type { NextTick, Schedule } from "./schedule.ts";
import { startOf, tickAfter } from "./schedule-window.ts";

/** A tick is missed when it is looked at this long after its run was to start, or later. No two that are not can be due at once. */
const MISSED_AFTER_MS = 60_000;
/** As many ticks are caught up with at most: the newest. */
export const MOST_TICKS = 100;

/** Ticks that are due. */
export interface DueTicks {
  /** Those that count, the oldest first. */
  readonly ticks: readonly number[];
  /** Some that would count are left out: there are too many. */
  readonly isCut: boolean;
  /** The tick after all that are due. */
  readonly next: NextTick | undefined;
}

/** What is due of a schedule, by its policy for what was missed. */
export function dueTicks({ spec, fraction, next }: Schedule, now: number): DueTicks {
  if (next === undefined || next.due > now) return { ticks: [], isCut: false, next };
  // One more than counts shows that there are more; and the newest may not be due yet.
  const count = spec.catchUp === "all" ? MOST_TICKS + 2 : 2;
  const passed = previousTicks(spec, now, count).filter((at) => at >= next.at);
  const [newest = next.at] = passed;
  const newestDue = startOf(spec, fraction, newest);
  const due = newestDue > now ? passed.slice(1) : passed;
  const chosen = choose(spec.catchUp, due, (at) => now - startOf(spec, fraction, at) >= MISSED_AFTER_MS);
  return {
    ticks: chosen.slice(0, MOST_TICKS).toReversed(),
    isCut: chosen.length > MOST_TICKS,
    next: newestDue > now ? { at: newest, due: newestDue } : tickAfter(spec, fraction, now),
  };
}

function choose(catchUp: CatchUp, due: readonly number[], isMissed: (at: number) => boolean): readonly number[] {
  switch (catchUp) {
    case "none":
      return due.slice(0, 1).filter((at) => !isMissed(at));
    case "latest":
      return due.slice(0, 1);
    case "all":
      return due;
  }
}
