import type { Random } from "./random.ts";

const FACTOR = 1.3;
const LEAST_MS = 0.5;

/**
 * Two sides race: one of them takes some milliseconds, which hover about what the other one takes. So both outcomes come,
 * however fast the machine is, and most tries are close.
 */
export class Edge {
  readonly outcomes: Record<string, number> = {};
  private readonly random: Random;
  private ms = 10;

  constructor(random: Random) {
    this.random = random;
  }

  /** How long the one side is to take this time. */
  next(): number {
    return this.ms * this.random.between(0.4, 1.6);
  }

  /** What came of a try: whether the side that takes so long was slower than the other. */
  note(outcome: string, wasSlower: boolean): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    this.ms = Math.max(LEAST_MS, wasSlower ? this.ms / FACTOR : this.ms * FACTOR);
  }
}
