import { bulk } from "./bulk.ts";
import { readEvents } from "./event-page.ts";
import type { RunEvent, RunTrace } from "./event-wire.ts";
import type { LogEntry } from "./log-page.ts";
import { readLogs } from "./log-page.ts";
import { decodePacket } from "./packet.ts";
import { currentSurroundings } from "./pass-context.ts";
import { pollRun, type PollOptions } from "./poll.ts";
import { replayRun } from "./replay.ts";
import type { ReplayOverrides } from "./replay-overrides.ts";
import { listPages } from "./list-page.ts";
import { readListQuery, type RunListFilter, type RunListPromise } from "./run-list.ts";
import { readRunId, type RunReference } from "./run-reference.ts";
import { readTagList } from "./tag-list.ts";
import { readTriggerOptions } from "./trigger-options.ts";
import type { AnyTask, RunHandle, TaskId, TaskOutput, TaskPayload } from "./task-types.ts";
import { doorOf } from "./trigger.ts";
import type { RunObject } from "./wire.ts";

/** A run in full. `payload` and `output` are the values that were given and returned, Dates and Maps included. */
export type RetrievedRun<Id extends string = string, Payload = unknown, Output = unknown> = Omit<
  RunObject,
  "payload" | "output" | "payloadPacket" | "outputPacket" | "taskIdentifier"
> & {
  readonly taskIdentifier: Id;
  readonly payload?: Payload;
  /** There once the run has completed. */
  readonly output?: Output;
};

type RunOf<T extends AnyTask> = RetrievedRun<TaskId<T>, TaskPayload<T>, TaskOutput<T>>;

function retrieve<Id extends string, Payload, Output>(
  run: RunHandle<Id, Payload, Output>,
): Promise<RetrievedRun<Id, Payload, Output>>;
function retrieve<T extends AnyTask = AnyTask>(run: RunReference): Promise<RunOf<T>>;
async function retrieve(run: RunReference): Promise<RetrievedRun> {
  return decodeRun(await doorOf(currentSurroundings()).retrieveRun(readRunId(run), 0));
}

function poll<Id extends string, Payload, Output>(
  run: RunHandle<Id, Payload, Output>,
  options?: PollOptions,
): Promise<RetrievedRun<Id, Payload, Output>>;
function poll<T extends AnyTask = AnyTask>(run: RunReference, options?: PollOptions): Promise<RunOf<T>>;
async function poll(run: RunReference, options?: PollOptions): Promise<RetrievedRun> {
  return decodeRun(await pollRun(doorOf(currentSurroundings()), readRunId(run), options));
}

/**
 * Runs, looked at and managed from anywhere. All throw a `RunletApiError`: 404 for an unknown run, 401 for a bad key,
 * 0 when the platform could not be reached in five attempts.
 */
export const runs = {
  /** The run as it is now. Typed by its handle, or by `runs.retrieve<typeof yourTask>(id)`. */
  retrieve,

  /**
   * Waits until the run is final, however it ended, and gives it. It never gives up by itself: pass `signal` to bound
   * it. The platform is asked to answer when the run ends, so short runs are seen to end within milliseconds; after
   * about 15 seconds it is asked at growing pauses instead, of 10 seconds at most. Runs that are polled at once, as with
   * `Promise.all`, share requests meanwhile, up to a hundred of them one.
   */
  poll,

  /**
   * Runs, newest first. Awaited, it gives one page; iterated with `for await`, all runs of all pages. Lists lag about a
   * second behind; `retrieve` does not.
   */
  list(filter?: RunListFilter): RunListPromise {
    const query = readListQuery(filter);
    const door = doorOf(currentSurroundings());
    return listPages((asked) => door.listRuns(asked), query);
  },

  /** Cancels the run and all runs below it. Cancelling a final run changes nothing. */
  async cancel(run: RunReference): Promise<{ readonly id: string }> {
    const id = readRunId(run);
    await doorOf(currentSurroundings()).cancelRun(id);
    return { id };
  },

  /**
   * Gives a run that is DELAYED another delay, counted from now; a moment that has passed starts it. Throws a
   * `RunletApiError` (400, `run_not_delayed`) for a run that is not delayed any more.
   */
  async reschedule(run: RunReference, { delay }: { readonly delay: string | Date }): Promise<RetrievedRun> {
    const { delay: read = "" } = readTriggerOptions({ delay });
    return decodeRun(await doorOf(currentSurroundings()).rescheduleRun(readRunId(run), read));
  },

  /**
   * Makes a new run of the same task, with the payload, tags and options of this one (`delay` and `version` are not
   * taken over), whatever has become of it; `overrides` put others in their place. With `from`, the new run starts with
   * what this one had seen before that step or wait. Inside a task it is a trigger: made once, and found again by
   * replays. Throws a `RunletApiError`: 404 for an unknown run, or one whose task is not deployed any more; 400 for an
   * override that cannot be used (`unknown_journal_key` lists the keys there are; `journal_too_large` over 8 MB).
   */
  replay(run: RunReference, overrides?: ReplayOverrides): Promise<{ readonly id: string }> {
    return replayRun(run, overrides);
  },

  /**
   * What has happened to the run so far, oldest first: its triggering, queueing, start and end, attempts, steps, waits,
   * triggers, retries and log lines. `key` is the place that `replay` takes as `from`. Pages are fetched as needed.
   */
  events(run: RunReference): AsyncIterable<RunEvent> {
    return readEvents(doorOf(currentSurroundings()), readRunId(run));
  },

  /**
   * The same as a tree of spans: the run, its attempts, in them steps, waits and log lines, and below waits the runs that
   * were waited for. It has up to 2,000 spans; where there are more, `properties.truncated` of the root is true.
   */
  trace(run: RunReference): Promise<RunTrace> {
    return doorOf(currentSurroundings()).traceRun(readRunId(run));
  },

  /**
   * Adds tags to a run, whatever has become of it; lists find it by them. Tags that it has are passed over. Throws a
   * `RunletApiError`: 400 for what is no tag, 422 (`too_many_tags`) when it would have more than 10: then none is added.
   */
  async addTags(run: RunReference, tags: string | readonly string[]): Promise<{ readonly message: string }> {
    return doorOf(currentSurroundings()).addTags(readRunId(run), readTagList(tags));
  },

  /** Cancels or replays many runs at once. */
  bulk,

  /** What the run has logged so far, oldest first, through all attempts. Pages are fetched as they are needed. */
  logs(run: RunReference): AsyncIterable<LogEntry> {
    return readLogs(doorOf(currentSurroundings()), readRunId(run));
  },
};

function decodeRun(run: RunObject): RetrievedRun {
  const { payload, output, payloadPacket, outputPacket, ...rest } = run;
  return {
    ...rest,
    payload: payloadPacket === undefined ? payload : decodePacket(payloadPacket),
    output: outputPacket === undefined ? output : decodePacket(outputPacket),
  };
}
