import type { Stand } from "./stand.ts";
import { Standpoint } from "./standpoint.ts";

/** What somebody has asked for, and where he stands by it. */
export interface Asked<T> {
  readonly result: T;
  readonly at: Standpoint;
}

/** Where the code of a pass stands: at which waits, and for whom, such as a contest (`Promise.race` and its kind). */
export class Stands {
  private readonly outermost = new Standpoint();
  private current = this.outermost;
  private count = 0;

  get isEmpty(): boolean {
    return this.outermost.isEmpty;
  }

  /** Each of them once, in the order in which they were asked for. */
  get all(): Stand[] {
    const inOrder = [...this.outermost.all()].sort(([a], [b]) => a - b);
    return [...new Map(inOrder.map(([, stand]) => [stand.key, stand])).values()];
  }

  /** Where the code is that is being called: what it asks for counts there. */
  get here(): Standpoint {
    return this.current;
  }

  add(stand: Stand): void {
    this.count += 1;
    this.current.add(stand, this.count);
  }

  /** What `start` asks for counts together, at a point within the one where it is called. */
  apart<T>(start: () => T): Asked<T> {
    const at = new Standpoint(this.current);
    return { result: this.within(at, start), at };
  }

  /** What `start` asks for counts at `at`. */
  within<T>(at: Standpoint, start: () => T): T {
    const outer = this.current;
    this.current = at;
    try {
      return start();
    } finally {
      this.current = outer;
    }
  }
}
