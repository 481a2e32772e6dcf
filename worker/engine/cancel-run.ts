import type { Turn } from "./turn.ts";

/** A run that was asked to be canceled. Times in milliseconds since 1970. */
export interface Cancellation {
  readonly createdAt: number;
  /** This call has done it. */
  readonly isNew: boolean;
  /** When it was canceled, by this call or before; undefined for a run that had ended otherwise. */
  readonly canceledAt?: number;
}

/** Cancels a run and everything below it. Undefined when there is no such run. */
export function cancelRun(turn: Turn, n: string): Cancellation | undefined {
  if (turn.run(n) === undefined) return undefined;
  const isNew = turn.apply(n, { type: "canceled" });
  if (isNew) turn.cancelBelow(n);
  turn.ready = turn.ready.filter((ready) => turn.run(ready.n)?.state.at === "queued");
  const run = turn.run(n);
  if (run === undefined) return undefined;
  const { createdAt, state, finishedAt } = run;
  const canceledAt = state.at === "final" && state.status === "CANCELED" ? finishedAt : undefined;
  return { createdAt, isNew, ...(canceledAt === undefined ? {} : { canceledAt }) };
}
