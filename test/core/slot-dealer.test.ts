import { describe, expect, test } from "vitest";
import { DealtQueue, oneAtOnce } from "../support/dealt-queue.ts";

describe("a wish", () => {
  test("has its run wait in order of rank until there is room", () => {
    const queue = oneAtOnce();
    queue.hear("a", 1, "start", { rank: 5 });
    queue.hear("b", 1, "start", { rank: 7 });
    queue.hear("c", 1, "start", { rank: -2 });
    expect(queue.serve()).toBe("c1");
    queue.hear("c", 2, "nothing");
    expect(queue.serve()).toBe("a1");
    expect(queue.counts).toBe("1 execute, 1 in flight, 1 wait");
  });

  test("that is heard again is answered with the slot that it was given, and gets no other", () => {
    const queue = new DealtQueue({ executing: { total: 2 } });
    expect([queue.hear("a", 1, "start"), queue.hear("a", 1, "start")]).toEqual([false, false]);
    expect(queue.counts).toBe("0 execute, 0 in flight, 1 wait");
    expect(queue.serve()).toBe("a1");
    expect([queue.hear("a", 1, "start"), queue.serve()]).toEqual([true, ""]);
    expect(queue.counts).toBe("1 execute, 1 in flight, 0 wait");
  });

  test("that is older than what is known changes nothing", () => {
    const queue = oneAtOnce();
    queue.hear("a", 3, "start");
    queue.hear("a", 2, "nothing");
    expect(queue.serve()).toBe("a3");
    expect(queue.hear("a", 2, "nothing")).toBe(false);
    expect(queue.hear("a", 2, "start")).toBe(false);
    expect(queue.counts).toBe("1 execute, 1 in flight, 0 wait");
  });

  test("for nothing frees what the run holds, or takes it out of the line", () => {
    const queue = oneAtOnce();
    queue.hear("a", 1, "start");
    queue.hear("b", 1, "start");
    queue.serve();
    queue.hear("b", 2, "nothing");
    queue.hear("a", 2, "nothing");
    expect([queue.counts, queue.serve()]).toEqual(["0 execute, 0 in flight, 0 wait", ""]);
  });

  test("to go on is granted at once where the slot was never heard to be given back", () => {
    const queue = oneAtOnce();
    queue.hear("a", 1, "start");
    queue.serve();
    expect(queue.hear("a", 3, "resume")).toBe(true);
    expect(queue.store.holder("g", "a")).toMatchObject({ number: 3, hasSlot: true });
    expect([queue.counts, queue.hear("a", 2, "place")]).toEqual(["1 execute, 1 in flight, 0 wait", false]);
  });

  test("to start again gives a slot back first", () => {
    const queue = oneAtOnce();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.hear("a", 3, "start");
    expect(queue.counts).toBe("0 execute, 0 in flight, 1 wait");
    expect(queue.serve()).toBe("a3");
  });

  test("to try again gives a slot back, and gets behind who goes on", () => {
    const queue = oneAtOnce();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.hear("b", 2, "resume");
    queue.hear("a", 2, "retry");
    expect(queue.serve()).toBe("b2");
    expect(queue.counts).toBe("1 execute, 1 in flight, 1 wait");
  });
});

describe("a place in flight", () => {
  const two = (): DealtQueue => {
    const queue = new DealtQueue({ executing: { total: 1 }, inFlight: { total: 2 } });
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

  test("is free when its run is over", () => {
    const queue = two();
    queue.serve();
    queue.hear("a", 2, "place");
    queue.hear("a", 3, "nothing");
    expect(queue.counts).toBe("0 execute, 0 in flight, 2 wait");
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
    const queue = oneAtOnce();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.hear("a", 2, "place");
    expect([queue.store.holder("g", "a"), queue.counts]).toEqual([undefined, "0 execute, 0 in flight, 0 wait"]);
  });

  test("is counted of runs of each key", () => {
    const queue = new DealtQueue({ inFlight: { perKey: 1 } });
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
    const queue = oneAtOnce();
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
    const queue = oneAtOnce();
    queue.hear("a", 1, "start");
    queue.serve();
    queue.restart();
    queue.now = queue.dealer.nextTime(queue.now) ?? 0;
    expect(queue.wake()).toBe("a1");
  });

  test("has its alarm with others, and one page is left for the next", () => {
    const queue = new DealtQueue({ executing: { total: 1_000 } });
    for (let i = 0; i < 100; i += 1) {
      queue.now += 49;
      queue.hear(`r${i}`, 1, "start");
      queue.serve();
    }
    const dues = queue.sql.storage.exec("SELECT DISTINCT due FROM holder").toArray();
    expect(dues.length).toBeLessThanOrEqual(2);
    queue.now += 20_000;
    expect(queue.dealer.untold(queue.now, () => false, 60)).toHaveLength(60);
    expect(queue.dealer.nextTime(queue.now)).toBeLessThanOrEqual(queue.now);
    expect(queue.dealer.untold(queue.now, () => false, 60)).toHaveLength(40);
    expect(queue.dealer.nextTime(queue.now)).toBeGreaterThan(queue.now);
  });
});
