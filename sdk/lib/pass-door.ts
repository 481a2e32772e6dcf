import type { ReplayCall } from "./door.ts";
import type { NewBatchItem, Outcome, StoredOptions } from "./journal.ts";
import type { NewNotes } from "./notes.ts";
import type { Packet } from "./packet.ts";

/** A deed that is durable, and its place among the deeds of its pass. */
export interface Kept {
  readonly order: number;
}

/** What is kept with a step beside its outcome. */
export interface KeptAlong {
  /** How long it took. */
  readonly tookMs?: number;
  /** What it has noted. */
  readonly notes?: NewNotes | undefined;
}

/** Whether a batch goes on when the run that triggers it is canceled. */
export type Detachable = Pick<StoredOptions, "detached">;

/** A batch that was triggered. */
export interface StartedBatch {
  readonly id: string;
  readonly runCount: number;
}

/** What a pass asks of the platform while it executes. Each method resolves once the platform has made it durable. */
export interface PassDoor {
  /** Options of a task with the defaults of its definition; throws `RunletApiError` 404 for an unknown task. */
  resolve(task: string, options: StoredOptions): StoredOptions;
  /**
   * The id of a child or batch that this run made, or is about to make, under `key` in its attempt `madeIn`. Not for a child with an
   * idempotency key or debounced: that may be another's.
   */
  idOf(kind: "run" | "batch", key: string, madeIn: number): string;
  /**
   * The four below answer false when the run is no longer this pass's; then nothing was kept. Else they tell the place
   * of the deed among those of this pass, and answer in the order of these places.
   */
  keepStep(key: string, digest: string, outcome: Outcome, along?: KeptAlong): Promise<Kept | false>;
  /** `madeIn` is the attempt that began this trigger, or batch, if it was not sealed by then. */
  startElsewhere(
    key: string,
    digest: string,
    child: { readonly task: string; readonly payload: Packet; readonly options: StoredOptions },
    madeIn: number | undefined,
  ): Promise<(Kept & { readonly id: string; readonly isCached: boolean }) | false>;
  /** Throws a `RunletApiError` for what is refused. `madeIn` is the attempt that began this, if it was not over by then. */
  replayElsewhere(
    key: string,
    digest: string,
    call: ReplayCall,
    madeIn: number | undefined,
  ): Promise<(Kept & { readonly id: string }) | false>;
  startBatchElsewhere(
    key: string,
    digest: string,
    items: readonly NewBatchItem[],
    how: Detachable,
    madeIn: number | undefined,
  ): Promise<(Kept & { readonly id: string }) | false>;
  /** False when the run is no longer this pass's. Twice is harmless. */
  keepNotes(notes: NewNotes): Promise<boolean>;
}
