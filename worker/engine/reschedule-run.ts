import { delayUntil } from "../../sdk/lib/delay.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { statusOf, type Run } from "../core/run.ts";
import type { Turn } from "./turn.ts";

/** Gives a delayed run another delay, from now; one that has passed starts it. Throws for a run that is not delayed. */
export function rescheduleRun(turn: Turn, n: string, delay: string): Run | undefined {
  const run = turn.run(n);
  if (run === undefined) return undefined;
  if (!turn.apply(n, { type: "rescheduled", delay, until: delayUntil(delay, turn.now) })) {
    const message = `Only a run that is DELAYED can be rescheduled: this one is ${statusOf(run)}.`;
    throw new RunletApiError(400, "run_not_delayed", message);
  }
  return turn.run(n);
}
