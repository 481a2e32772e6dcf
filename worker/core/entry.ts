import type { RunOptions, Seen } from "../../sdk/lib/journal.ts";
import type { Letter } from "./letter.ts";
import type { Batch } from "./batch.ts";
import type { KeyHold } from "./key-hold.ts";
import { isFinal, type Run } from "./run.ts";
import type { WebhookDelivery } from "./webhook-delivery.ts";

/** A step that has run, and when. Its outcome is its body. */
export interface Step {
  readonly n: string;
  readonly key: string;
  readonly digest: string;
  readonly madeIn: number;
  readonly ok: boolean;
  readonly finishedAt: number;
  /** How long its function took, ms. */
  readonly tookMs?: number;
  /** The epoch of the pass that took it, and its place among what that pass has done. */
  readonly epoch: number;
  readonly order: number;
}

/**
 * A run or batch that a run made in another group: triggered without waiting for it, or a child nested too deep for a
 * path (`awaited`). This is the record that makes a replay find it, and the effect that is owed to the other group
 * while `due` is set.
 */
export interface Sent {
  readonly n: string;
  readonly key: string;
  readonly digest: string;
  readonly madeIn: number;
  /** A token is not made, but waited for. */
  readonly what: "run" | "batch" | "token";
  readonly awaited: boolean;
  /** When it was recorded, ms. */
  readonly madeAt?: number;
  /** False for a batch that its pass has not filled and sealed yet, and for a replay that it has not started yet. */
  readonly sealed: boolean;
  readonly task: string;
  readonly options: RunOptions;
  /** Its lineage; that of an item of a batch that was triggered from outside is none. */
  readonly parentId?: string;
  readonly rootId?: string;
  readonly depth: number;
  /** The other group's object and the public id of what is there; of what has a key, once it is known. */
  readonly target: string;
  readonly id: string;
  /** The run was there before. */
  readonly isCached?: true;
  /** `held`: an item of a batch that is not sealed. `owed`: the run is to be started there. */
  readonly state: "held" | "owed" | "done" | "cancel-owed" | "canceled";
  /** It has been there: a cancellation does not make it, should it have been deleted since. */
  readonly arrived?: true;
  /** How an awaited one ended, once its group has told. */
  readonly settled?: { readonly ok: boolean; readonly finishedAt: number };
  /** Where its result is in the order of what the run has seen. */
  readonly seen?: Seen;
  readonly tries: number;
  readonly due?: number;
}

/** A time that a run waits for. */
export interface Timer {
  readonly n: string;
  readonly key: string;
  readonly digest: string;
  readonly madeIn: number;
  readonly madeAt?: number;
  readonly until: number;
  /** Set once the time has come. */
  readonly finishedAt?: number;
  /** The first epoch of its run that can see that. */
  readonly seenIn?: number;
  /** Its run ended before the time came. */
  readonly closed?: true;
}

/** The entry `path` of another group waits for the run, or token, that this is a row below of. */
export interface Waiting {
  readonly n: string;
  readonly group: string;
  readonly path: string;
  readonly tries: number;
  /** Set from the end of the run until the group has been told. */
  readonly due?: number;
}

/** Something that others complete and runs wait for. What it was completed with is its outcome. */
export interface Token {
  readonly n: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  /** When it is given up, if nobody has completed it by then. */
  readonly timeoutAt?: number;
  readonly completedAt?: number;
  readonly timedOut?: true;
  /** It stands for a time that waits share. */
  readonly isTime?: true;
  /** The idempotency key that it was created with. */
  readonly hold?: KeyHold;
}

export type Entry =
  | { readonly kind: "run"; readonly record: Run }
  | { readonly kind: "batch"; readonly record: Batch }
  | { readonly kind: "step"; readonly record: Step }
  | { readonly kind: "timer"; readonly record: Timer }
  | { readonly kind: "waiting"; readonly record: Waiting }
  | { readonly kind: "token"; readonly record: Token }
  | { readonly kind: "delivery"; readonly record: WebhookDelivery }
  | { readonly kind: "sent"; readonly record: Sent }
  | { readonly kind: "letter"; readonly record: Letter };

/** Not final, or owes something. */
export function isOpen(entry: Entry): boolean {
  switch (entry.kind) {
    case "run":
      return !isFinal(entry.record) || entry.record.telling !== undefined || entry.record.wish?.due !== undefined;
    case "batch":
      return entry.record.state.at !== "final";
    case "step":
    case "delivery":
      return false;
    case "timer":
      return entry.record.finishedAt === undefined && entry.record.closed === undefined;
    case "token":
      return entry.record.completedAt === undefined;
    case "waiting":
    case "sent":
    case "letter":
      return entry.record.due !== undefined;
  }
}

/** When its group must look at it again. */
export function dueOf(entry: Entry): number | undefined {
  switch (entry.kind) {
    case "run":
      return dueOfRun(entry.record);
    case "batch":
      return "due" in entry.record.state ? entry.record.state.due : undefined;
    case "step":
    case "delivery":
      return undefined;
    case "timer":
      return isOpen(entry) ? entry.record.until : undefined;
    case "token":
      return isOpen(entry) ? entry.record.timeoutAt : undefined;
    case "waiting":
    case "sent":
    case "letter":
      return entry.record.due;
  }
}

function dueOfRun({ state, telling, wish }: Run): number | undefined {
  const own = telling === undefined && "due" in state ? state.due : telling?.due;
  return own === undefined || wish?.due === undefined ? (own ?? wish?.due) : Math.min(own, wish.due);
}
