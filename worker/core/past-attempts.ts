import type { ErrorInfo } from "../../sdk/lib/journal.ts";
import type { Run } from "./run.ts";

/** An attempt that has failed and is not the last one. Times in milliseconds since 1970. */
export interface PastAttempt {
  readonly number: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly error: Pick<ErrorInfo, "name" | "message">;
}

/** They are in the run's row, which every transition writes: few of them, and short. */
const MOST_ATTEMPTS = 10;
const LONGEST_MESSAGE = 500;

/** The run with its current attempt, which has failed, among those of the past: the last 10 are kept. */
export function withPastAttempt(run: Run, { name, message }: ErrorInfo, now: number): Run {
  const error = { name: cut(name), message: cut(message) };
  const past: PastAttempt = { number: run.attempt, startedAt: run.attemptStartedAt, finishedAt: now, error };
  return { ...run, pastAttempts: [...(run.pastAttempts ?? []), past].slice(-MOST_ATTEMPTS) };
}

/** A copy: a slice would keep the whole text in memory for as long as the record is. */
function cut(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : (JSON.parse(JSON.stringify(text.slice(0, LONGEST_MESSAGE))) as string);
}
