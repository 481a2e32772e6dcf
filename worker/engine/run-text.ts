import { lacksRelatives } from "./related-runs.ts";
import { describeRun } from "./describe-run.ts";
import type { Turn } from "./turn.ts";

/** A run in full as its group writes it: JSON that goes to a client as it is. */
export interface RunText {
  readonly text: string;
  /** Its parent or root is in another group, which can tell of it. */
  readonly lacksRelatives: boolean;
}

/** The run in full; undefined where there is none. Whoever waits for the end (`isHeld`) does not look at relatives meanwhile. */
export function writeRun(turn: Turn, n: string, packets: boolean, isHeld: boolean): RunText | undefined {
  turn.warm(n);
  const found = turn.run(n);
  if (found === undefined) return undefined;
  const run = describeRun(turn, found, packets);
  const isGoingOn = isHeld && run.finishedAt === undefined;
  return { text: JSON.stringify(run), lacksRelatives: !isGoingOn && lacksRelatives(run) };
}
