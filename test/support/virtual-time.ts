import { AsyncLocalStorage } from "node:async_hooks";

/** Something that can crash: whatever it holds in memory, its timers among it, is gone then. */
export class Process {
  readonly name: string;
  isAlive = true;

  constructor(name: string) {
    this.name = name;
  }
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

const START = Date.UTC(2026, 10, 1);
const owner = new AsyncLocalStorage<Process>();
const afterMicrotasks = setImmediate;

/**
 * A clock that jumps from one event to the next. While it is installed, `Date.now`, timers and `scheduler.wait` follow
 * it; a timer belongs to the process that set it and never fires once that is dead.
 */
export class VirtualTime {
  now = START;
  private order = 0;
  private readonly heap: Event[] = [];

  at(time: number, act: () => void): void {
    this.order += 1;
    this.push({ at: Math.max(Math.floor(time), this.now), order: this.order, act });
  }

  after(ms: number, act: () => void): void {
    this.at(this.now + ms, act);
  }

  /** Calls `fn` as part of the process: timers that it sets, at any depth, are the process's. */
  inside<T>(process: Process, fn: () => T): T {
    return owner.run(process, fn);
  }

  /** Lets events happen until none is left, the time is over, or there were too many; true when none is left. */
  async run(until: number, most = 100_000): Promise<boolean> {
    let events = 0;
    for (let event = this.heap[0]; event !== undefined; event = this.heap[0]) {
      events += 1;
      if (event.at > until || events > most) {
        this.now = until;
        return false;
      }
      this.pop();
      this.now = event.at;
      event.act();
      await new Promise<void>((resolve) => afterMicrotasks(resolve));
    }
    return true;
  }

  /** Puts this clock in place of the real one until the function returned is called. */
  install(random: () => number): () => void {
    const { setTimeout, clearTimeout } = globalThis;
    const { now } = Date;
    const { random: realRandom } = Math;
    const world = globalThis as { scheduler?: unknown };
    const { scheduler } = world;
    const timers = new Map<number, () => void>();
    let ids = 0;
    const fake = {
      setTimeout: (act: () => void, ms = 0): number => {
        const process = owner.getStore();
        const inContext = AsyncLocalStorage.snapshot();
        ids += 1;
        const id = ids;
        timers.set(id, act);
        this.after(ms, () => {
          if (timers.delete(id) && process?.isAlive !== false) inContext(act);
        });
        return id;
      },
      clearTimeout: (id: number): void => void timers.delete(id),
    };
    Object.assign(globalThis, fake);
    world.scheduler = { wait: (ms: number) => new Promise<void>((resolve) => fake.setTimeout(resolve, ms)) };
    Date.now = () => this.now;
    Math.random = random;
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      world.scheduler = scheduler;
      Date.now = now;
      Math.random = realRandom;
    };
  }

  private push(event: Event): void {
    const { heap } = this;
    let i = heap.length;
    for (; i > 0;) {
      const above = (i - 1) >> 1;
      const other = heap[above];
      if (other === undefined || !isBefore(event, other)) break;
      heap[i] = other;
      i = above;
    }
    heap[i] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let below = 2 * i + 1;
      const left = heap[below];
      const right = heap[below + 1];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) below += 1;
      const other = heap[below];
      if (other === undefined || !isBefore(other, last)) break;
      heap[i] = other;
      i = below;
    }
    heap[i] = last;
  }
}

/** The process that the code being executed belongs to. */
export function currentProcess(): Process | undefined {
  return owner.getStore();
}

function isBefore(a: Event, b: Event): boolean {
  return a.at - b.at < 0 || (a.at === b.at && a.order < b.order);
}
