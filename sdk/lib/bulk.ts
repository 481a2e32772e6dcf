import type { BulkActionRequest } from "./door.ts";
import { RunletApiError, RunletError } from "./errors.ts";
import { listPages, readPosition, type ListPosition, type ListPromise } from "./list-page.ts";
import { makeOnce } from "./make-once.ts";
import { currentSurroundings } from "./pass-context.ts";
import { pause } from "./pause.ts";
import { readInterval, type PollOptions } from "./poll.ts";
import { readRunFilter, type RunFilter } from "./run-list.ts";
import { readRunId, type RunReference } from "./run-reference.ts";
import { doorOf } from "./trigger.ts";
import type { BulkActionObject } from "./wire.ts";

/** The runs that a bulk action is for: those that are named, or all that fit a filter. */
export type BulkSelection =
  | {
      /** Runs by their ids or handles, 1-500. */
      readonly runIds: readonly RunReference[];
      readonly filter?: undefined;
    }
  | {
      /** As for `runs.list`, with one field at least. Without `from` and `period` it means the last 7 days. */
      readonly filter: RunFilter;
      readonly runIds?: undefined;
    };

export type BulkCancelOptions = BulkSelection & {
  /** For people, up to 255 characters. */
  readonly name?: string | undefined;
};

export type BulkReplayOptions = BulkCancelOptions & {
  /** A region in place of each run's own. */
  readonly targetRegion?: string | undefined;
};

/** A bulk action, as its id or what has it. */
export type BulkReference = string | { readonly id: string };

/** How `runs.bulk.poll` waits. */
export interface BulkPollOptions extends PollOptions {
  /** Called with the action each time that it was asked for and has changed, the last time included. */
  readonly onProgress?: ((action: BulkActionObject) => void) | undefined;
}

const NAMES = ["runIds", "filter", "name", "targetRegion"];
const MAX_PAUSE_MS = 10_000;

/**
 * Many runs at once, by ids or by a filter. An action works by itself, ten runs at a time; ask for it by its id. Inside a task one
 * is begun once, however often the code is replayed. All throw a `RunletApiError`: 400 for what cannot be used, 404 for an unknown
 * action.
 */
export const bulk = {
  /** Cancels runs, each with all below it. Final ones are skipped; a filter never finds them. */
  cancel(options: BulkCancelOptions): Promise<{ readonly id: string }> {
    return begin("cancel", options);
  },

  /** Replays runs, whatever has become of them: a new run for each. Those made by this action are not found by its filter. */
  replay(options: BulkReplayOptions): Promise<{ readonly id: string }> {
    return begin("replay", options);
  },

  /** The action as it is now. Actions are kept as long as runs: 30 days after their end. */
  async retrieve(action: BulkReference): Promise<BulkActionObject> {
    const id = idOf(action);
    return doorOf(currentSurroundings()).bulk.retrieve(id);
  },

  /**
   * Ends an action before it is through. What is done stays done; runs that it is just at are still finished and counted. One that
   * is over stays as it is.
   */
  async abort(action: BulkReference): Promise<{ readonly id: string }> {
    const id = idOf(action);
    await doorOf(currentSurroundings()).bulk.abort(id);
    return { id };
  },

  /** Actions, newest first. Awaited, it gives a page; iterated with `for await`, all. Lags a second behind. */
  list(position: ListPosition = {}): ListPromise<BulkActionObject> {
    const query = readPosition(position);
    const door = doorOf(currentSurroundings());
    return listPages((asked) => door.bulk.list(asked), query);
  },

  /** Waits until the action is COMPLETED or ABORTED, and gives it. It never gives up by itself: pass `signal` to bound it. */
  async poll(action: BulkReference, options: BulkPollOptions = {}): Promise<BulkActionObject> {
    const { signal, onProgress, pollIntervalMs } = options;
    const id = idOf(action);
    let pauseMs = readInterval(pollIntervalMs);
    const door = doorOf(currentSurroundings());
    for (let before = ""; ;) {
      signal?.throwIfAborted();
      const now = await door.bulk.retrieve(id);
      const after = JSON.stringify(now);
      if (after !== before) onProgress?.(now);
      before = after;
      if (now.status !== "PENDING") return now;
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 1.5, Math.max(MAX_PAUSE_MS, pauseMs));
    }
  },
};

async function begin(
  action: BulkActionRequest["action"],
  options: BulkReplayOptions,
): Promise<{ readonly id: string }> {
  const request = { action, ...readOptions(options) };
  return makeOnce(`runs.bulk.${action}`, (door, requestKey) => door.bulk.create({ ...request, requestKey }));
}

function readOptions(options: BulkReplayOptions): Omit<BulkActionRequest, "action" | "requestKey"> {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new RunletApiError(400, "unknown_option", `Option "${unknown}" is unknown: there are ${NAMES.join(", ")}.`);
  }
  const { runIds, filter, name, targetRegion } = options;
  return {
    ...(runIds === undefined ? {} : { runIds: runIds.map(readRunId) }),
    ...(filter === undefined ? {} : { filter: readRunFilter(filter) }),
    ...(name === undefined ? {} : { name }),
    ...(targetRegion === undefined ? {} : { targetRegion }),
  };
}

function idOf(action: BulkReference): string {
  const id = typeof action === "string" ? action : action?.id;
  if (typeof id === "string" && id.length > 0) return id;
  throw new RunletError("Expected the id of a bulk action, or what runs.bulk.cancel or replay gave.");
}
