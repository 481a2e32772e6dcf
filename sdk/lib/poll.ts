import type { Door } from "./door.ts";
import { RunletError } from "./errors.ts";
import { pause } from "./pause.ts";
import type { RunObject } from "./wire.ts";

/** How `runs.poll` waits. */
export interface PollOptions {
  /** The first pause between two questions, in milliseconds; later ones grow by half up to 10 s. Default 1000. */
  readonly pollIntervalMs?: number | undefined;
  /** Ends the polling with the signal's reason. The run goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** How long the platform holds a held question, in seconds. */
const HOLD_SECONDS = 5;
/** How many questions are held before the pauses begin: a held question keeps the run's object awake. */
const HELD_QUESTIONS = 3;
const MAX_PAUSE_MS = 10_000;

/** Asks for the run until it is final. Throws what the door throws, and the reason of an aborted signal. */
export async function pollRun(door: Door, id: string, options: PollOptions = {}): Promise<RunObject> {
  let pauseMs = readInterval(options.pollIntervalMs);
  for (let asked = 0; ; asked++) {
    options.signal?.throwIfAborted();
    const run = await unlessAborted(door.retrieveRun(id, asked < HELD_QUESTIONS ? HOLD_SECONDS : 0), options.signal);
    if (run.isCompleted) return run;
    if (asked + 1 < HELD_QUESTIONS) continue;
    await pause(pauseMs, options.signal);
    pauseMs = Math.min(pauseMs * 1.5, Math.max(MAX_PAUSE_MS, pauseMs));
  }
}

/** The answer, or the signal's reason if that comes first: a held question takes seconds. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The first pause in ms. Throws a `RunletError` for what is no time. */
export function readInterval(interval: number | undefined): number {
  if (interval === undefined) return 1000;
  if (Number.isFinite(interval) && interval >= 0) return interval;
  throw new RunletError("pollIntervalMs must be a number of milliseconds, 0 or more.");
}
