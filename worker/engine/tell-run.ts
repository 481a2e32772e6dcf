import type { RunObject } from "../../sdk/lib/wire.ts";
import { describeRun } from "./describe-run.ts";
import { lacksRelatives } from "./related-runs.ts";
import type { Turn } from "./turn.ts";

/**
 * A run in full as its group tells of it. With short values it is the JSON that goes to a client as it is. Long ones are left as
 * they are: as JSON inside JSON they could be too long for the answer to a call, which takes 32 MiB.
 */
export interface ToldRun {
  readonly run: string | RunObject;
  /** Its parent or root is in another group, which can tell of it. */
  readonly lacksRelatives: boolean;
}

/** The run in full; undefined where there is none. Whoever waits for the end (`isHeld`) does not look at relatives meanwhile. */
export function tellRun(turn: Turn, n: string, packets: boolean, isHeld: boolean): ToldRun | undefined {
  turn.warm(n);
  const found = turn.run(n);
  if (found === undefined) return undefined;
  const run = describeRun(turn, found, packets);
  const isGoingOn = isHeld && run.finishedAt === undefined;
  return {
    run: turn.hasShortBodies(n) ? JSON.stringify(run) : run,
    lacksRelatives: !isGoingOn && lacksRelatives(run),
  };
}

/** The run as JSON. */
export function textOf({ run }: ToldRun): string {
  return typeof run === "string" ? run : JSON.stringify(run);
}
