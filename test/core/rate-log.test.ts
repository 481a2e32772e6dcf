import { describe, expect, test } from "vitest";
import { logEnd, nextStart, withStart, type RateLog } from "../../worker/core/rate-log.ts";
import { forEachSeed, Random } from "../support/random.ts";

/** Begins as soon as it may, at each of these times or later; gives the times at which it began. */
function begin(rate: { limit: number; periodMs: number }, asked: readonly number[]): number[] {
  let log: RateLog = [];
  let now = 0;
  return asked.map((at) => {
    now = nextStart(log, rate, Math.max(now, at));
    if (nextStart(log, rate, now) !== now) throw new Error("It may not begin when it was said to.");
    log = withStart(log, rate, now);
    return now;
  });
}

describe("a rate", () => {
  test("lets begin at once until its limit is reached, and the next when the first is a period old", () => {
    const rate = { limit: 3, periodMs: 1_000 };
    expect(begin(rate, [10, 20, 30, 40, 50, 2_000])).toEqual([10, 20, 30, 1_010, 1_020, 2_000]);
  });

  test("is not passed in any stretch of its period, and drops and delays nothing needlessly", async () => {
    await forEachSeed("rates", 100, (seed) => {
      const random = new Random(seed);
      const rate = { limit: 1 + random.below(8), periodMs: 1_000 + random.below(3_000) };
      let at = 0;
      const asked = Array.from(
        { length: 120 },
        () => (at += random.chance(0.7) ? random.below(50) : random.below(3_000)),
      );
      const began = begin(rate, asked);
      const first = began.map((_, i) => began[i - rate.limit] ?? -Infinity).map((before) => before + rate.periodMs);
      expect(began).toEqual(asked.map((time, i) => Math.max(time, first[i] ?? 0, began[i - 1] ?? 0)));
    });
  });

  test("of many is not passed either, is at most half a percent late, and has a short log", () => {
    const rate = { limit: 5_000, periodMs: 10_000 };
    let log: RateLog = [];
    let now = 1_234_567;
    const began: number[] = [];
    for (let i = 0; i < 12_000; i += 1) {
      now = nextStart(log, rate, now + (i % 3));
      log = withStart(log, rate, now);
      began.push(now);
    }
    expect(log.length).toBeLessThanOrEqual(201);
    const late = began.slice(rate.limit).map((time, i) => time - (began[i] ?? 0) - rate.periodMs);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    // One that asks in between is later than it has to be by what passed until it asked.
    expect(Math.max(...late)).toBeLessThanOrEqual(rate.periodMs / 200 + 2);
  });

  test("that is lowered counts all that has begun under the higher one", () => {
    const log = [100, 200, 300, 400].reduce<RateLog>(
      (log, at) => withStart(log, { limit: 4, periodMs: 1_000 }, at),
      [],
    );
    expect(nextStart(log, { limit: 2, periodMs: 1_000 }, 500)).toBe(1_300);
  });

  test("counts what a clock that is set back lets begin", () => {
    const rate = { limit: 2, periodMs: 1_000 };
    const log = withStart(withStart([], rate, 5_000), rate, 4_900);
    expect(log).toEqual([[5_000, 2]]);
    expect(nextStart(log, rate, 4_900)).toBe(6_000);
  });

  test("has a log that is over when its last beginning does not count any more", () => {
    const rate = { limit: 2, periodMs: 1_000 };
    const log = withStart(withStart([], rate, 100), rate, 400);
    expect(logEnd(log, rate)).toBe(1_400);
    expect(nextStart(log, rate, 1_399)).toBe(1_399);
    expect(withStart(log, rate, 1_400)).toEqual([[1_400, 1]]);
    expect(nextStart([], rate, 7)).toBe(7);
  });
});
