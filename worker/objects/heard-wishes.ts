import type { ToldWish } from "../core/wish.ts";
import { takeAnswer } from "../engine/tell-wishes.ts";
import type { Turn } from "../engine/turn.ts";

/** Well before a wish would be told again. */
const GATHER_MS = 200;

/**
 * Wishes that queues have heard, where nothing else is to be done about them. Nobody waits for this to be written, so many
 * are written together: with the next slots, or after a fifth of a second. Lost, they are told once more.
 */
export class HeardWishes {
  private readonly turn: (verb: (turn: Turn) => void) => void;
  private waiting: ToldWish[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(turn: (verb: (turn: Turn) => void) => void) {
    this.turn = turn;
  }

  add(told: readonly ToldWish[]): void {
    for (const wish of told) this.waiting.push(wish);
    this.timer ??= setTimeout(() => this.write(), GATHER_MS);
  }

  /** All that wait, for a turn that is being taken anyway. */
  take(): readonly ToldWish[] {
    const taken = this.waiting;
    this.waiting = [];
    return taken;
  }

  private write(): void {
    this.timer = undefined;
    const told = this.take();
    if (told.length === 0) return;
    try {
      this.turn((turn) => takeAnswer(turn, told, []));
    } catch (error) {
      console.warn("runlet: it was not written that queues have heard wishes; they will be told again", error);
    }
  }
}
