import { afterEach, describe, expect, test, vi } from "vitest";
import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import type { Holder } from "../../worker/core/queue-line.ts";
import type { ToldWish, Want } from "../../worker/core/wish.ts";
import { limitsNow, readSettings, writeSettings } from "../../worker/engine/queue-settings.ts";
import { SlotDealer } from "../../worker/engine/slot-dealer.ts";
import { QueueStore } from "../../worker/storage/queue-store.ts";
import { MemorySql } from "../support/sql-storage.ts";

const PERIOD = 10_000;

/** A queue whose object can be restarted. Runs are told apart by a letter; all are of one group. */
class Queue {
  readonly sql = new MemorySql();
  readonly store = new QueueStore(this.sql.storage);
  dealer: SlotDealer;
  now = 1_000_000;
  private limits: QueueLimits;

  constructor(limits: Partial<QueueLimits>) {
    this.limits = { executing: {}, inFlight: {}, starts: {}, ...limits };
    this.store.create();
    this.dealer = this.restart();
  }

  restart(limits?: Partial<QueueLimits>): SlotDealer {
    this.limits = { ...this.limits, ...limits };
    this.dealer = new SlotDealer(this.store, this.limits, 0);
    return this.dealer;
  }

  hear(n: string, number: number, want: Want, fields: Partial<ToldWish> = {}): boolean {
    return this.dealer.hear("g", { n, number, want, key: "", rank: 0, ...fields }, this.now);
  }

  /** Who is given slots. */
  serve(): string {
    return names(this.dealer.serve(this.now));
  }

  get counts(): string {
    const { executing, inFlight, queued } = this.dealer.line;
    return `${executing} execute, ${inFlight} in flight, ${queued} wait`;
  }

  wake(isTold = (_: Holder): boolean => false): string {
    return names(this.dealer.untold(this.now, isTold, 100));
  }
}

const names = (holders: readonly Holder[]): string => holders.map(({ n, number }) => `${n}${number}`).join(" ");
const one = (): Queue => new Queue({ executing: { total: 1 } });

afterEach(() => vi.restoreAllMocks());

describe("a wish", () => {
  test("has its run wait in order of rank until there is room", () => {
    const queue = one();
    queue.hear("a", 1, "start", { rank: 5 });
    queue.hear("b", 1, "start", { rank: 7 });
    queue.hear("c", 1, "start", { rank: -2 });
    expect(queue.serve()).toBe("c1");
    queue.hear("c", 2, "nothing");
    expect(queue.serve()).toBe("a1");
    expect(queue.counts).toBe("1 execute, 1 in flight, 1 wait");
  });

  test("that is heard again is answered with the slot that it was given, and gets no other", () => {
    const queue = new Queue({ executing: { total: 2 } });
    expect([queue.hear("a", 1, "start"), queue.hear("a", 1, "start")]).toEqual([false, false]);
    expect(queue.counts).toBe("0 execute, 0 in flight, 1 wait");
    expect(queue.serve()).toBe("a1");
    expect([queue.hear("a", 1, "start"), queue.serve()]).toEqual([true, ""]);
    expect(queue.counts).toBe("1 execute, 1 in flight, 0 wait");
  });

  test("that is older than what is known changes nothing", () => {
    const queue = one();
    queue.hear("a", 3, "start");
    queue.hear("a", 2, "nothing");
    expect(queue.serve()).toBe("a3");
    expect(queue.hear("a", 2, "nothing")).toBe(false);
    expect(queue.hear("a", 2, "start")).toBe(false);
    expect(queue.counts).toBe("1 execute, 1 in flight, 0 wait");
  });

  test("for nothing frees what the run holds, or takes it out of the line", () => {
    const queue = one();
    queue.hear("a", 1, "start");
    queue.hear("b", 1, "start");
    queue.serve();
    queue.hear("b", 2, "nothing");
    queue.hear("a", 2, "nothing");
    expect([queue.counts, queue.serve()]).toEqual(["0 execute, 0 in flight, 0 wait", ""]);
  });

  test("to go on is granted at once where the slot was never heard to be given back", () => {
    const queue = one();
    queue.hear("a", 1, "start");
    queue.serve();
    expect(queue.hear("a", 3, "resume")).toBe(true);
    expect(queue.store.holder("g", "a")).toMatchObject({ number: 3, hasSlot: true });
    expect([queue.counts, queue.hear("a", 2, "place")]).toEqual(["1 execute, 1 in flight, 0 wait", false]);
  });

  test("to start again gives a slot back first", () => {
    const queue = one();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.hear("a", 3, "start");
    expect(queue.counts).toBe("0 execute, 0 in flight, 1 wait");
    expect(queue.serve()).toBe("a3");
  });

  test("to try again gives a slot back, and gets behind who goes on", () => {
    const queue = one();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.hear("b", 2, "resume");
    queue.hear("a", 2, "retry");
    expect(queue.serve()).toBe("b2");
    expect(queue.counts).toBe("1 execute, 1 in flight, 1 wait");
  });
});

describe("a place in flight", () => {
  const two = (): Queue => {
    const queue = new Queue({ executing: { total: 1 }, inFlight: { total: 2 } });
    for (const n of ["a", "b", "c"]) queue.hear(n, 1, "start", { rank: n.charCodeAt(0) });
    return queue;
  };

  test("stays taken while its run waits, and without it nobody starts", () => {
    const queue = two();
    expect(queue.serve()).toBe("a1");
    queue.hear("a", 2, "place");
    expect(queue.serve()).toBe("b1");
    queue.hear("b", 2, "place");
    expect([queue.serve(), queue.counts]).toEqual(["", "0 execute, 2 in flight, 1 wait"]);
    queue.hear("a", 3, "resume");
    expect([queue.serve(), queue.counts]).toEqual(["a3", "1 execute, 2 in flight, 1 wait"]);
    queue.hear("a", 4, "nothing");
    expect(queue.serve()).toBe("c1");
  });

  test("stays taken between attempts", () => {
    const queue = two();
    queue.serve();
    queue.hear("a", 2, "retry");
    expect(queue.counts).toBe("0 execute, 1 in flight, 3 wait");
    expect([queue.serve(), queue.counts]).toEqual(["a2", "1 execute, 1 in flight, 2 wait"]);
  });

  test("is not given to a run that is over, by a wish that comes late", () => {
    const queue = two();
    queue.serve();
    queue.hear("a", 3, "nothing");
    queue.hear("a", 2, "place");
    expect([queue.store.holder("g", "a"), queue.counts]).toEqual([undefined, "0 execute, 0 in flight, 2 wait"]);
  });

  test("is not kept where nobody counts those in flight", () => {
    const queue = one();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.hear("a", 2, "place");
    expect([queue.store.holder("g", "a"), queue.counts]).toEqual([undefined, "0 execute, 0 in flight, 0 wait"]);
  });

  test("is counted of runs of each key", () => {
    const queue = new Queue({ inFlight: { perKey: 1 } });
    for (const [n, key] of [
      ["a", "x"],
      ["b", "x"],
      ["c", "y"],
    ] as const)
      queue.hear(n, 1, "start", { key });
    expect(queue.serve()).toBe("a1 c1");
    queue.hear("a", 2, "place", { key: "x" });
    expect(queue.serve()).toBe("");
  });
});

describe("a slot that a group has not confirmed", () => {
  test("is told again five seconds later at the earliest, again and again, until it is known", () => {
    const queue = one();
    queue.hear("a", 1, "start");
    queue.serve();
    const first = queue.dealer.nextTime(queue.now) ?? 0;
    expect(first).toBeGreaterThanOrEqual(queue.now + 5_000);
    expect(first).toBeLessThanOrEqual(queue.now + 10_000);
    expect(queue.wake()).toBe("");
    queue.now = first;
    expect(queue.wake()).toBe("a1");
    queue.now = queue.dealer.nextTime(queue.now) ?? 0;
    expect([queue.now - first >= 5_000, queue.wake()]).toEqual([true, "a1"]);
    queue.now += 10_000;
    expect(queue.wake(() => true)).toBe("");
    expect(queue.dealer.nextTime(queue.now)).toBeUndefined();
  });

  test("is told again after a restart, too", () => {
    const queue = one();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.restart();
    queue.now = queue.dealer.nextTime(queue.now) ?? 0;
    expect(queue.wake()).toBe("a1");
  });

  test("has its alarm with others, and one page is left for the next", () => {
    const queue = new Queue({ executing: { total: 1_000 } });
    const alarms = new Set<number | undefined>();
    for (let i = 0; i < 100; i += 1) {
      queue.now += 49;
      queue.hear(`r${i}`, 1, "start");
      queue.serve();
      alarms.add(queue.dealer.nextTime(queue.now));
    }
    expect(alarms.size).toBe(1);
    queue.now += 20_000;
    expect(queue.dealer.untold(queue.now, () => false, 60)).toHaveLength(60);
    expect(queue.dealer.nextTime(queue.now)).toBeLessThanOrEqual(queue.now);
    expect(queue.dealer.untold(queue.now, () => false, 60)).toHaveLength(40);
    expect(queue.dealer.nextTime(queue.now)).toBeGreaterThan(queue.now);
  });
});

describe("an alarm", () => {
  test("for a rate looks at no holder, and sweeps old logs now and then", () => {
    const queue = new Queue({ starts: { total: { limit: 1, periodMs: 1_000 } } });
    const untold = vi.spyOn(queue.store, "untold");
    const sweeps = vi.spyOn(queue.store, "forgetRates");
    for (const n of "abcd") queue.hear(n, 1, "start");
    queue.serve();
    for (let i = 0; i < 3; i += 1) {
      queue.now = queue.dealer.nextTime(queue.now) ?? 0;
      queue.wake();
      expect(queue.serve()).not.toBe("");
    }
    expect([untold.mock.calls.length, sweeps.mock.calls.length]).toEqual([0, 1]);
    queue.now += 600_000;
    queue.wake();
    expect(sweeps).toHaveBeenCalledTimes(2);
    expect(queue.store.rateLog("total")).toEqual([]);
  });
});

describe("a rate", () => {
  test("outlives the object", () => {
    const queue = new Queue({
      starts: { total: { limit: 2, periodMs: PERIOD }, perKey: { limit: 1, periodMs: PERIOD } },
    });
    for (const [n, key] of [
      ["a", "x"],
      ["b", "x"],
      ["c", "y"],
      ["d", "z"],
    ] as const)
      queue.hear(n, 1, "start", { key });
    expect(queue.serve()).toBe("a1 c1");
    queue.restart();
    expect([queue.serve(), queue.dealer.line.nextTime(queue.now)]).toEqual(["", queue.now + PERIOD]);
    queue.now += PERIOD;
    queue.restart();
    expect(queue.serve()).toBe("b1 d1");
  });

  test("does not count who goes on, and counts further attempts", () => {
    const queue = new Queue({ starts: { total: { limit: 1, periodMs: PERIOD } } });
    queue.hear("a", 3, "resume");
    queue.hear("b", 2, "retry");
    queue.hear("c", 1, "start");
    expect(queue.serve()).toBe("a3 b2");
  });

  test("has a log for each key, as many of them as fit in memory", () => {
    const queue = new Queue({ starts: { perKey: { limit: 1, periodMs: PERIOD } } });
    for (let i = 0; i < 2_500; i += 1) queue.hear(`r${i}`, 1, "start", { key: `k${i}` });
    expect(queue.dealer.serve(queue.now)).toHaveLength(2_500);
    const { logs } = queue.dealer as unknown as { readonly logs: Map<string, unknown> };
    expect(logs.size).toBeLessThanOrEqual(1_000);
    for (let i = 0; i < 2_500; i += 1) queue.hear(`s${i}`, 1, "start", { key: `k${i}` });
    expect(queue.serve()).toBe("");
  });
});

describe("what is set from outside", () => {
  test("pauses a queue: nobody is given a slot, who has one goes on, and no alarm is wanted for a rate", () => {
    const queue = new Queue({ starts: { total: { limit: 1, periodMs: PERIOD } } });
    queue.hear("a", 1, "start");
    queue.hear("b", 1, "start");
    queue.serve();
    queue.wake(() => true);
    writeSettings(queue.store, { isPaused: true });
    queue.restart();
    queue.now += 2 * PERIOD;
    expect(queue.wake(() => true)).toBe("");
    expect([queue.serve(), queue.dealer.nextTime(queue.now)]).toEqual(["", undefined]);
    expect(queue.hear("a", 2, "resume")).toBe(true);
    expect(queue.dealer.describe()).toEqual({ running: 1, queued: 1, isPaused: true });
    writeSettings(queue.store, { isPaused: false });
    queue.restart();
    expect(queue.serve()).toBe("b1");
  });

  test("is another limit in place of the total one, or of that of each key", () => {
    const limits = { executing: { perKey: 5, total: 9 }, inFlight: { total: 4 }, starts: {} };
    const set = { isPaused: false, concurrencyLimit: 2, overriddenAt: 7 };
    expect(limitsNow(limits, set)).toEqual({ ...limits, executing: { perKey: 5, total: 2 } });
    expect(limitsNow({ ...limits, executing: { perKey: 5 } }, set).executing).toEqual({ perKey: 2 });
    expect(limitsNow(limits, { isPaused: false })).toBe(limits);
    const queue = one();
    expect(readSettings(queue.store)).toEqual({ isPaused: false });
    writeSettings(queue.store, set);
    queue.restart();
    for (const n of "abc") queue.hear(n, 1, "start");
    expect(queue.serve()).toBe("a1 b1");
    expect(queue.dealer.describe()).toMatchObject({ override: { concurrencyLimit: 2, at: 7 } });
  });
});

describe("a deploy", () => {
  test("that takes the limits away lets everyone go at what happens next", () => {
    const queue = one();
    for (const n of "abc") queue.hear(n, 1, "start");
    queue.serve();
    queue.restart({ executing: {} });
    queue.hear("a", 2, "nothing");
    expect(queue.serve()).toBe("b1 c1");
  });

  test("that limits those in flight counts who has a slot, and lets go on who waited before", () => {
    const queue = one();
    for (const n of "ab") queue.hear(n, 1, "start");
    queue.serve();
    queue.hear("a", 2, "place");
    queue.serve();
    queue.restart({ inFlight: { total: 1 } });
    queue.hear("b", 2, "place");
    queue.hear("a", 3, "resume");
    queue.hear("c", 1, "start");
    expect([queue.serve(), queue.counts]).toEqual(["a3", "1 execute, 2 in flight, 1 wait"]);
    for (const n of "ab") queue.hear(n, 9, "nothing");
    expect(queue.serve()).toBe("c1");
  });
});

test("a row that is counted and not there is an error, and a restart counts anew", () => {
  const queue = one();
  queue.hear("a", 1, "start");
  queue.sql.storage.exec("DELETE FROM line");
  expect(() => queue.serve()).toThrow("Nobody stands");
  queue.restart();
  expect([queue.serve(), queue.counts]).toEqual(["", "0 execute, 0 in flight, 0 wait"]);
});
