import type { RunOptions } from "../../sdk/lib/journal.ts";
import { isFinal } from "../core/run.ts";
import type { Admitted } from "./admission.ts";
import { findDebounced } from "./admit-debounced.ts";
import { findKeyed } from "./admit-keyed.ts";
import type { Turn } from "./turn.ts";

/** A trigger without its payload: what finds a run, and cannot make one. */
export interface Search {
  readonly n: string;
  readonly options: RunOptions;
  readonly request: string;
}

/** The run that the trigger is answered with though its payload is gone; undefined where one would have to be made. */
export function findRun(turn: Turn, { n, options, request }: Search): Admitted | undefined {
  if (options.idempotencyKey !== undefined) return findKeyed(turn, request);
  if (options.debounce !== undefined) return findDebounced(turn, request);
  return turn.run(n) === undefined ? undefined : { n, isCached: false };
}

/** Whether there is such a run, and it is not final. */
export function isUnderWay(turn: Turn, n: string): boolean {
  turn.warm(n);
  const run = turn.run(n);
  return run !== undefined && !isFinal(run);
}
