import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import type { Want } from "../../worker/core/wish.ts";
import { writeSettings } from "../../worker/engine/queue-settings.ts";
import { SlotDealer } from "../../worker/engine/slot-dealer.ts";
import { QueueStore } from "../../worker/storage/queue-store.ts";
import { MemorySql } from "../support/sql-storage.ts";

const ONE: QueueLimits = { executing: { total: 1 }, inFlight: {}, starts: {} };
const TWO: QueueLimits = { executing: { total: 2 }, inFlight: {}, starts: {} };
const NOW = 1_000_000;
/** When a slot is told again that was not answered for; and one that was. */
const [SOON, LATE] = [NOW + 10_000, NOW + 120_000];

let sql: MemorySql;
let store: QueueStore;

beforeEach(() => {
  sql = new MemorySql();
  store = new QueueStore(sql.storage);
  store.create();
});
afterEach(() => sql.close());

const wish = (n: string, rank = 0, number = 1, want: Want = "start") => ({ n, number, want, key: "", rank });

/** One call of a group: those of its runs that have a slot after it. */
function call(dealer: SlotDealer, group: string, ...wishes: ReturnType<typeof wish>[]): string[] {
  const held = wishes.filter((one) => dealer.hear(group, one, NOW));
  return [...held, ...dealer.serve(NOW, group)].map(({ n }) => n);
}

const written = () => store.counts(1_000).line.reduce((sum, { count }) => sum + count, 0);

describe("a run that gets its slot in the turn in which it comes", () => {
  test("is never written into the line, and the others are", () => {
    const dealer = new SlotDealer(store, TWO);
    expect(call(dealer, "g", wish("a"), wish("b"), wish("c"))).toEqual(["a", "b"]);
    expect(written()).toBe(1);
    expect(new SlotDealer(store, TWO).describe()).toMatchObject({ running: 2, queued: 1 });
  });

  test("is told of it in answer to its wish, as often as that comes, and apart from that only after a minute", () => {
    const dealer = new SlotDealer(store, ONE);
    expect(call(dealer, "g", wish("a"))).toEqual(["a"]);
    expect(dealer.nextTime(NOW)).toBeGreaterThan(NOW + 60_000);
    expect(dealer.untold(NOW + 60_000, () => false, 10)).toEqual([]);
    expect(call(new SlotDealer(store, ONE), "g", wish("a"))).toEqual(["a"]);
    // It may have been the wish of a run that is long over.
    expect(dealer.untold(LATE, () => false, 10)).toMatchObject([{ n: "a" }]);
    expect(call(new SlotDealer(store, ONE), "g", wish("b"))).toEqual([]);
  });

  test("waits behind those who came before with a lower rank, and goes ahead of those with a higher one", () => {
    call(new SlotDealer(store, TWO), "g", wish("first"), wish("second"));
    call(new SlotDealer(store, TWO), "g", wish("y", 20), wish("w", 40));
    const over = [wish("first", 0, 2, "nothing"), wish("second", 0, 2, "nothing")];
    const dealer = new SlotDealer(store, TWO);
    expect(call(dealer, "g", ...over, wish("x", 30), wish("z", 10))).toEqual(["z", "y"]);
    expect(call(dealer, "g", wish("z", 10, 2, "nothing"), wish("y", 20, 2, "nothing"))).toEqual(["x", "w"]);
    expect(written()).toBe(0);
  });

  test("counts once when it comes twice in one turn, with the later of its wishes", () => {
    const dealer = new SlotDealer(store, ONE);
    call(dealer, "g", wish("holds"));
    expect(call(dealer, "g", wish("a", 5), wish("a", 5), wish("a", 5, 3), wish("a", 5, 2))).toEqual([]);
    expect([written(), dealer.describe().queued]).toEqual([1, 1]);
    expect(store.first("", 2)).toMatchObject({ n: "a", number: 3 });
    expect(call(dealer, "g", wish("b"), wish("b", 0, 2, "nothing"), wish("a", 5, 4, "nothing"))).toEqual([]);
    expect([written(), dealer.describe().queued]).toEqual([0, 0]);
  });
});

test("a run that was in line before is told of its slot until its group is known to know", () => {
  const dealer = new SlotDealer(store, ONE);
  call(dealer, "g", wish("a"));
  call(dealer, "g", wish("b"));
  expect(call(dealer, "g", wish("a", 0, 2, "nothing"))).toEqual(["b"]);
  expect(dealer.nextTime(NOW)).toBeLessThanOrEqual(SOON);
  expect(dealer.untold(SOON, () => false, 10)).toMatchObject([{ n: "b" }]);
  expect(dealer.untold(LATE + LATE, () => true, 10)).toEqual([]);
  expect(dealer.nextTime(LATE)).toBeUndefined();
});

test("a run that gets its slot while nobody of its group is there to be answered is told of it, too", () => {
  const dealer = new SlotDealer(store, ONE);
  dealer.hear("g", wish("a"), NOW);
  expect(dealer.serve(NOW)).toMatchObject([{ n: "a" }]);
  expect(dealer.untold(SOON, () => false, 10)).toMatchObject([{ n: "a" }]);
});

test("what begins in one turn is written as one, and counts in the next", () => {
  const rated: QueueLimits = { executing: {}, inFlight: {}, starts: { total: { limit: 3, periodMs: 1_000 } } };
  const written: string[] = [];
  const writeRateLog = store.writeRateLog.bind(store);
  store.writeRateLog = (key, log, over) => {
    written.push(key);
    writeRateLog(key, log, over);
  };
  expect(call(new SlotDealer(store, rated), "g", wish("a"), wish("b"))).toEqual(["a", "b"]);
  expect(written).toEqual(["total"]);
  expect(call(new SlotDealer(store, rated), "g", wish("c"), wish("d"))).toEqual(["c"]);
  expect(written).toEqual(["total", "total"]);
});

test("what begins in one turn counts in it, also when there are more keys than are kept in memory", () => {
  const rate = { limit: 1_005, periodMs: 1_000 };
  const rated: QueueLimits = { executing: {}, inFlight: {}, starts: { total: rate, perKey: rate } };
  const wishes = Array.from({ length: 1_010 }, (_, i) => ({ ...wish(`r${i}`), key: `k${i}` }));
  expect(call(new SlotDealer(store, rated), "g", ...wishes)).toHaveLength(rate.limit);
});

test("a queue that is paused writes all who come into its line", () => {
  writeSettings(store, { isPaused: true });
  const dealer = new SlotDealer(store, TWO);
  expect(call(dealer, "g", wish("a"), wish("b"))).toEqual([]);
  expect(written()).toBe(2);
  writeSettings(store, { isPaused: false });
  expect(call(new SlotDealer(store, TWO), "g", wish("a"))).toEqual(["a", "b"]);
});

describe("what was set stays through deploys", () => {
  test("in place of the limit that the code has then, for all together or for each key", () => {
    writeSettings(store, { isPaused: false, concurrencyLimit: 3, overriddenAt: NOW });
    expect(new SlotDealer(store, ONE).line.limits.executing).toEqual({ total: 3 });
    const perKey = { ...ONE, executing: { perKey: 7 } };
    expect(new SlotDealer(store, perKey).line.limits.executing).toEqual({ perKey: 3 });
    const both = { ...ONE, executing: { perKey: 7, total: 9 } };
    expect(new SlotDealer(store, both).line.limits.executing).toEqual({ perKey: 7, total: 3 });
    const paced = { ...ONE, executing: {}, starts: { total: { limit: 5, periodMs: 1_000 } } };
    expect(new SlotDealer(store, paced).line.limits).toEqual({ ...paced, executing: { perKey: 3 } });
    expect(new SlotDealer(store, ONE).describe()).toMatchObject({ override: { concurrencyLimit: 3, at: NOW } });
    writeSettings(store, { isPaused: false });
    expect(new SlotDealer(store, TWO).line.limits).toEqual(TWO);
  });

  test("also the pause of a queue whose limits are gone from the code: what stands in line there waits", () => {
    writeSettings(store, { isPaused: true });
    call(new SlotDealer(store, ONE), "g", wish("a"));
    const none = { executing: {}, inFlight: {}, starts: {} };
    expect(new SlotDealer(store, none).serve(NOW)).toEqual([]);
    writeSettings(store, { isPaused: false });
    expect(new SlotDealer(store, none).serve(NOW)).toMatchObject([{ n: "a" }]);
  });
});
