import { afterEach, describe, expect, test, vi } from "vitest";
import { limitsNow, readSettings, writeSettings } from "../../worker/engine/queue-settings.ts";
import { DealtQueue, oneAtOnce } from "../support/dealt-queue.ts";

const PERIOD = 10_000;

afterEach(() => vi.restoreAllMocks());

describe("an alarm", () => {
  test("for a rate looks at no holder, and sweeps old logs now and then", () => {
    const queue = new DealtQueue({ starts: { total: { limit: 1, periodMs: 1_000 } } });
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
    const queue = new DealtQueue({
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

  test("of a key is over for the next when its time has come", () => {
    const queue = new DealtQueue({ starts: { perKey: { limit: 1, periodMs: PERIOD } } });
    for (const n of "ab") queue.hear(n, 1, "start", { key: "x" });
    expect([queue.serve(), queue.serve()]).toEqual(["a1", ""]);
    queue.now += PERIOD;
    expect(queue.serve()).toBe("b1");
  });

  test("does not count who goes on, and counts further attempts", () => {
    const queue = new DealtQueue({ starts: { total: { limit: 1, periodMs: PERIOD } } });
    queue.hear("a", 3, "resume");
    queue.hear("b", 2, "retry");
    queue.hear("c", 1, "start");
    expect(queue.serve()).toBe("a3 b2");
  });

  test("has a log for each key, as many of them as fit in memory", () => {
    const queue = new DealtQueue({ starts: { perKey: { limit: 1, periodMs: PERIOD } } });
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
    const queue = new DealtQueue({ starts: { total: { limit: 1, periodMs: PERIOD } } });
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
    const queue = oneAtOnce();
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
    const queue = oneAtOnce();
    for (const n of "abc") queue.hear(n, 1, "start");
    queue.serve();
    queue.restart({ executing: {} });
    queue.hear("a", 2, "nothing");
    expect(queue.serve()).toBe("b1 c1");
  });

  test("that takes the limits away from very many lets them go in several turns", () => {
    const queue = oneAtOnce();
    for (let i = 0; i < 10_002; i += 1) queue.hear(`r${i}`, 1, "start");
    expect(queue.serve()).toBe("r01");
    queue.restart({ executing: {} });
    expect(queue.dealer.serve(queue.now)).toHaveLength(10_000);
    expect(queue.dealer.nextTime(queue.now)).toBe(queue.now);
    expect(queue.dealer.serve(queue.now)).toHaveLength(1);
    expect(queue.dealer.nextTime(queue.now)).toBeGreaterThan(queue.now);
  });

  test("that limits those in flight counts who has a slot, and lets go on who waited before", () => {
    const queue = oneAtOnce();
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
  const queue = oneAtOnce();
  for (const n of "ab") queue.hear(n, 1, "start");
  queue.serve();
  queue.sql.storage.exec("DELETE FROM line");
  queue.hear("a", 2, "nothing");
  expect(() => queue.serve()).toThrow("Nobody stands");
  queue.restart();
  expect([queue.serve(), queue.counts]).toEqual(["", "0 execute, 0 in flight, 0 wait"]);
});
