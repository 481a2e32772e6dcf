import type { Grant, ToldWish } from "../core/wish.ts";

/** A queue as its object sees it. */
export interface QueueState {
  readonly running: number;
  readonly queued: number;
  readonly isPaused: boolean;
  /** What was set in place of the limit that the code has, and when, ms. */
  readonly override?: { readonly concurrencyLimit: number; readonly at: number };
}

/** What a queue's object answers to. Every call may be made twice. */
export interface QueueApi {
  /** Takes the wishes of runs of a group, in any order; answers which runs of that group have their slot now. */
  wish(group: string, wishes: readonly ToldWish[]): Promise<Grant[]>;
  describe(): Promise<QueueState>;
  /** Paused, it gives no slots; who has one goes on. */
  setPaused(isPaused: boolean): Promise<QueueState>;
  /** Puts another limit in place of the one that the code has; null takes it back. */
  setConcurrencyLimit(concurrencyLimit: number | null): Promise<QueueState>;
}
