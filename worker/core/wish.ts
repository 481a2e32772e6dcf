import { owedDelay } from "./retry.ts";

/**
 * What a run wants of its queue. `start`: a slot to begin its first attempt; `retry`: one to begin another attempt;
 * `resume`: one to go on. `place`: it executes no more, but is in flight still. `nothing`: it is over, or not ready.
 */
export type Want = "start" | "retry" | "resume" | "place" | "nothing";

/** The latest wish of a run. Of two wishes the one with the higher number counts. */
export interface Wish {
  readonly number: number;
  readonly want: Want;
  /** Told so often without an answer; and when it is told again, until the queue has heard it. */
  readonly tries: number;
  readonly due?: number;
}

/** A wish as the queue is told: also where the run stands in line, and with what key. */
export interface ToldWish {
  /** The run's path in its group. */
  readonly n: string;
  readonly number: number;
  readonly want: Want;
  readonly key: string;
  /** Lower goes first: the time of its readiness less its priority, ms. */
  readonly rank: number;
}

/** A slot that was given to the wish with this number. */
export interface Grant {
  readonly n: string;
  readonly number: number;
}

/** Whether a run that wants this is in line for a slot, or has one. */
export function wantsSlot(want: Want): boolean {
  return want === "start" || want === "retry" || want === "resume";
}

/** That of a run that has not told its queue anything yet. */
export const NO_WISH: Wish = { number: 0, want: "nothing", tries: 0 };

/** The next wish, which the queue is to be told at once. */
export function withWish({ number }: Wish, want: Want, now: number): Wish {
  return { number: number + 1, want, tries: 0, due: now + owedDelay(0) };
}

/** The queue has heard it. */
export function withoutDue({ number, want, tries }: Wish): Wish {
  return { number, want, tries };
}
