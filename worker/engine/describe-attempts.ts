import type { ErrorInfo, Outcome } from "../../sdk/lib/journal.ts";
import type { Run } from "../core/run.ts";

/** An attempt as far as it has come. Times in milliseconds since 1970. */
export interface Attempt {
  readonly number: number;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly error?: Pick<ErrorInfo, "name" | "message">;
}

const LONGEST_MESSAGE = 500;

/** The attempts that are known, oldest first: the last one, and those before it that the run has kept. */
export function attemptsOf(run: Run, outcome: Outcome | undefined): readonly Attempt[] {
  const past = run.pastAttempts ?? [];
  // Between two attempts the last one is over, and among those of the past.
  if (run.attempt === 0 || past.at(-1)?.number === run.attempt) return past;
  const error = outcome?.ok === false ? { error: shorten(outcome.error) } : {};
  const ended = run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt, ...error };
  return [...past, { number: run.attempt, startedAt: run.attemptStartedAt, ...ended }];
}

/** As runs are described. */
export function describeAttempts(run: Run, outcome: Outcome | undefined) {
  return attemptsOf(run, outcome).map(({ startedAt, finishedAt, ...attempt }) => ({
    ...attempt,
    startedAt: new Date(startedAt),
    ...(finishedAt === undefined ? {} : { finishedAt: new Date(finishedAt) }),
  }));
}

export function shorten({ name, message }: ErrorInfo): Pick<ErrorInfo, "name" | "message"> {
  return { name, message: message.slice(0, LONGEST_MESSAGE) };
}
