import type { RunObject } from "../../sdk/lib/wire.ts";
import { describeRun } from "./describe-run.ts";
import { lacksRelatives } from "./related-runs.ts";
import type { Turn } from "./turn.ts";

/** Characters that are told of several runs at once, at most; it may take one run more. */
const MOST_TOLD = 1_000_000;

/**
 * A run in full as its group tells of it. With short values it is the JSON that goes to a client as it is. Long ones are left as
 * they are: as JSON inside JSON they could be too long for the answer to a call, which takes 32 MiB.
 */
export interface ToldRun {
  readonly run: string | RunObject;
  readonly isFinal: boolean;
  /** Its parent or root is in another group, which can tell of it. */
  readonly lacksRelatives: boolean;
}

/** As a group tells of runs of which it tells several. */
type ToldBriefly = ToldRun & { readonly run: string };

/** Null where there is none; undefined for one that has to be asked for by itself. */
export type ToldRuns = readonly (ToldBriefly | null | undefined)[];

/** The run in full; undefined where there is none. */
export function tellRun(turn: Turn, n: string, packets: boolean): ToldRun | undefined {
  turn.warm(n);
  const found = turn.run(n);
  if (found === undefined) return undefined;
  const run = describeRun(turn, found, packets);
  return {
    run: turn.hasShortBodies(n) ? JSON.stringify(run) : run,
    isFinal: run.isCompleted,
    lacksRelatives: lacksRelatives(run),
  };
}

/**
 * Several runs, in this order. Those with long values, and those after as many as an answer may hold, have to be asked for by
 * themselves.
 */
export function tellRuns(turn: Turn, ns: readonly string[], packets: boolean): ToldRuns {
  let room = MOST_TOLD;
  return ns.map((n) => {
    turn.warm(n);
    if (turn.run(n) === undefined) return null;
    if (room < 0 || !turn.hasShortBodies(n)) return undefined;
    const told = tellRun(turn, n, packets);
    if (told === undefined || !isBrief(told)) return undefined;
    room -= told.run.length;
    return told;
  });
}

function isBrief(told: ToldRun): told is ToldBriefly {
  return typeof told.run === "string";
}

/** The run as JSON. */
export function textOf({ run }: ToldRun): string {
  return typeof run === "string" ? run : JSON.stringify(run);
}
