import type { ErrorInfo } from "../../sdk/lib/journal.ts";
import type { BatchObject } from "../../sdk/lib/wire.ts";
import type { KeyHold } from "./key-hold.ts";
import { resendDelay } from "./retry.ts";
import type { Waiter } from "./run.ts";

/** How long a batch may stay open before it is given up. */
export const SEAL_WITHIN_MS = 30 * 60_000;

/**
 * Where a batch is on its way.
 * `open`: items are arriving; nothing of it starts. `running`: sealed, `due` is when unanswered dispatches are sent
 * again (absent once every item has been claimed). `final`: every item is final, or the batch was given up.
 */
export type BatchState =
  | { readonly at: "open"; readonly due: number }
  | { readonly at: "running"; readonly sends: number; readonly due?: number }
  | { readonly at: "final"; readonly status: "COMPLETED" | "PARTIAL_FAILED" | "ABORTED"; readonly error?: ErrorInfo };

export interface Batch {
  readonly n: string;
  readonly runCount: number;
  /** Items that are here, and how many of these are final. */
  readonly received: number;
  readonly done: number;
  /** Items that could not be made into a run that starts. */
  readonly refused: number;
  /** The idempotency key that it was created with. */
  readonly hold?: KeyHold;
  /** Items with an idempotency key: their runs are in other groups. */
  readonly hasKeyed?: true;
  readonly key?: string;
  readonly digest?: string;
  readonly madeIn?: number;
  /** The path of the batch of an earlier attempt whose completed items count here too. */
  readonly base?: string;
  readonly waiter?: Waiter;
  /** The first epoch of its parent that can see the end of this batch. */
  readonly seenIn?: number;
  /** The run in another group that triggered it without waiting. */
  readonly origin?: { readonly parentId: string; readonly rootId: string; readonly depth: number };
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number;
  readonly state: BatchState;
}

export type BatchEvent =
  | {
      readonly type: "received";
      readonly items: number;
      readonly refused: number;
      readonly done: number;
      readonly keyed?: boolean;
    }
  | { readonly type: "sealed" }
  | { readonly type: "finished"; readonly items: number }
  /** The time of `due` has come; `unclaimed` says whether items are still waiting for their first claim. */
  | { readonly type: "due"; readonly unclaimed: boolean }
  | { readonly type: "canceled" };

export type BatchEffect =
  /** Send a dispatch for every item that has not been claimed yet. */
  | { readonly type: "start-items" }
  /** Nothing of the batch will start: its items are canceled. */
  | { readonly type: "cancel-items" }
  | { readonly type: "settle"; readonly waiter: Waiter };

export type BatchTransition =
  | { readonly batch: Batch; readonly effects: readonly BatchEffect[] }
  | { readonly ignored: "final" | "sealed" | "incomplete" | "early" | "out of place" };

/**
 * What an event makes of a batch. The run machine's invariants hold here too: a final batch never changes, its waiter is
 * told once, and a batch that is not final has a due time or items that will finish. Nothing starts before the seal.
 */
export function transitionBatch(batch: Batch, event: BatchEvent, now: number): BatchTransition {
  const { state } = batch;
  if (state.at === "final") return { ignored: "final" };
  switch (event.type) {
    case "received":
      if (state.at !== "open") return { ignored: "sealed" };
      return {
        batch: {
          ...touch(batch, now),
          received: batch.received + event.items,
          refused: batch.refused + event.refused,
          done: batch.done + event.done,
          ...(event.keyed === true ? { hasKeyed: true } : {}),
        },
        effects: [],
      };
    case "sealed":
      if (state.at !== "open") return { ignored: "sealed" };
      if (batch.received < batch.runCount) return { ignored: "incomplete" };
      return complete({ ...touch(batch, now), state: { at: "running", sends: 0, due: now + resendDelay(0) } }, now, [
        { type: "start-items" },
      ]);
    case "finished":
      return complete({ ...touch(batch, now), done: batch.done + event.items }, now, []);
    case "due":
      return wake(batch, event.unclaimed, now);
    case "canceled":
      return finish(batch, "ABORTED", { name: "BatchCanceledError", message: "The batch was canceled." }, now);
  }
}

/** Ends the batch if it was the last item; else keeps `effects`. */
function complete(batch: Batch, now: number, effects: readonly BatchEffect[]): BatchTransition {
  if (batch.state.at !== "running" || batch.done < batch.runCount) return { batch, effects };
  const status = batch.refused === 0 ? "COMPLETED" : batch.refused < batch.runCount ? "PARTIAL_FAILED" : "ABORTED";
  const settle: readonly BatchEffect[] = batch.waiter === undefined ? [] : [{ type: "settle", waiter: batch.waiter }];
  return { batch: { ...batch, finishedAt: now, state: { at: "final", status } }, effects: settle };
}

function wake(batch: Batch, unclaimed: boolean, now: number): BatchTransition {
  const { state } = batch;
  if (state.at === "final" || state.due === undefined) return { ignored: "out of place" };
  if (state.due > now) return { ignored: "early" };
  if (state.at === "open") {
    const message = `The batch was not sealed within ${SEAL_WITHIN_MS / 60_000} minutes: ${batch.received} of ${batch.runCount} items arrived.`;
    return finish(batch, "ABORTED", { name: "BatchNotSealedError", message }, now);
  }
  if (!unclaimed) return { batch: { ...batch, state: { at: "running", sends: state.sends } }, effects: [] };
  const sends = state.sends + 1;
  return {
    batch: { ...batch, state: { at: "running", sends, due: now + resendDelay(sends) } },
    effects: [{ type: "start-items" }],
  };
}

function finish(batch: Batch, status: "ABORTED", error: ErrorInfo, now: number): BatchTransition {
  const effects: BatchEffect[] = [{ type: "cancel-items" }];
  if (batch.waiter !== undefined) effects.push({ type: "settle", waiter: batch.waiter });
  return { batch: { ...touch(batch, now), finishedAt: now, state: { at: "final", status, error } }, effects };
}

function touch(batch: Batch, now: number): Batch {
  return { ...batch, updatedAt: Math.max(now, batch.updatedAt + 1) };
}

export function batchStatus(batch: Batch): BatchObject["status"] {
  switch (batch.state.at) {
    case "open":
      return "PENDING";
    case "running":
      return "PROCESSING";
    case "final":
      return batch.state.status;
  }
}
