import type { Random } from "./random.ts";

/** What becomes of a call between objects. */
export type CallFault = "none" | "lost" | "reply lost";

/** Decides what goes wrong. Each history has its own appetite for each kind; after `stop` nothing does. */
export class Faults {
  private readonly random: Random;
  isOver = false;
  /** Nothing dies and nothing takes too long in this history: whatever gets lost on the way, no attempt may. */
  readonly isMild: boolean;
  private readonly appetite: {
    readonly call: number;
    readonly crash: number;
    readonly queue: number;
    readonly index: number;
    readonly slow: number;
  };

  constructor(random: Random) {
    this.random = random;
    this.isMild = random.chance(0.3);
    const isPeaceful = this.isMild && random.chance(0.3);
    // Many histories have one kind of trouble only: it shows more of what that does.
    const amount = (most: number): number => (isPeaceful || random.chance(0.5) ? 0 : most * random.next() ** 2);
    this.appetite = {
      call: amount(0.2),
      crash: this.isMild ? 0 : amount(0.05),
      queue: amount(0.4),
      index: amount(0.8),
      slow: this.isMild ? 0 : amount(0.2),
    };
  }

  stop(): void {
    this.isOver = true;
  }

  call(): CallFault {
    if (!this.strikes(this.appetite.call)) return "none";
    return this.random.chance(0.5) ? "lost" : "reply lost";
  }

  /** Whether the platform says of a lost call that it may be made again. It does where nothing dies. */
  mayRetry(): boolean {
    return this.isMild || this.random.chance(0.6);
  }

  /** Whether the process dies at this moment. */
  crash(): boolean {
    return this.strikes(this.appetite.crash);
  }

  /** How many times a queue message is delivered. */
  copies(): number {
    if (!this.strikes(this.appetite.queue)) return 1;
    return this.random.chance(0.5) ? 0 : 2;
  }

  sendFails(): boolean {
    return this.strikes(this.appetite.queue / 3);
  }

  index(): CallFault {
    if (!this.strikes(this.appetite.index)) return "none";
    return this.random.chance(0.7) ? "lost" : "reply lost";
  }

  /** How long something is under way, in ms: mostly little, so that things pass each other; now and then far too long. */
  delay(): number {
    if (!this.strikes(this.appetite.slow)) return this.random.below(4);
    return Math.floor(2 ** (this.random.next() * (this.random.chance(0.1) ? 17 : 11)));
  }

  alarmDelay(): number {
    return this.strikes(this.appetite.slow) ? this.random.below(40_000) : this.random.below(3);
  }

  alarmComesTwice(): boolean {
    return this.strikes(this.appetite.slow / 2);
  }

  private strikes(probability: number): boolean {
    return !this.isOver && this.random.chance(probability);
  }
}
