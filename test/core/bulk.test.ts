import { describe, expect, test } from "vitest";
import {
  abort,
  BULK_PAGE,
  complete,
  dueOfBulk,
  hinder,
  isGone,
  newBulk,
  nextDeed,
  notTold,
  owesIndex,
  pageDone,
  pageRead,
  toldIndex,
  totalOf,
  type Bulk,
} from "../../worker/core/bulk.ts";
import { forEachSeed, Random } from "../support/random.ts";

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

const byFilter = (fields: Partial<Bulk> = {}): Bulk => ({ ...newBulk({ verb: "replay" }, NOW), ...fields });
const byIds = (runs = 250, fields: Partial<Bulk> = {}): Bulk => ({
  ...newBulk({ verb: "cancel", given: { runs, pages: Math.ceil(runs / BULK_PAGE) } }, NOW),
  ...fields,
});
const positions = (count: number) => Array.from({ length: count }, (_, i) => ({ createdAt: NOW - i, id: `run_${i}` }));
const all = (success: number) => ({ success, failure: 0, skipped: 0, left: 0 });

describe("what comes next", () => {
  test("is to act on what is given, at once", () => {
    expect(nextDeed(byIds(), true, NOW)).toBe("act");
    expect(totalOf(byIds())).toBe(250);
  });

  test("is to read, once the index can know of what was there and nothing that is made is as old as the action", () => {
    expect(nextDeed(byFilter(), false, NOW + 1_999)).toBe("rest");
    expect(nextDeed(byFilter(), false, NOW + 2_000)).toBe("read");
  });

  test("is to act on a page that was read, then to read on from its last run", () => {
    const bulk = pageRead(byFilter(), positions(BULK_PAGE), 230, NOW + 2_000);
    expect(nextDeed(bulk, true, NOW + 2_000)).toBe("act");
    expect(nextDeed(bulk, false, NOW + 2_000)).toBe("read");
    expect(bulk).toMatchObject({ after: { createdAt: NOW - 99, id: "run_99" }, pages: 1, expected: 230 });
    expect(pageRead(bulk, positions(1), undefined, NOW + 3_000).expected).toBe(230);
  });

  test("is the end after a page that was not full, and after none at all", () => {
    for (const count of [0, 1, BULK_PAGE - 1]) {
      const bulk = pageRead(byFilter(), positions(count), count, NOW + 2_000);
      expect(nextDeed(bulk, count > 0, NOW + 2_000)).toBe(count > 0 ? "act" : "end");
      expect(nextDeed(bulk, false, NOW + 2_000)).toBe("end");
    }
    expect(nextDeed(byIds(), false, NOW)).toBe("end");
  });

  test("is nothing for an action that is over (1)", () => {
    expect(nextDeed(complete(byIds(), NOW), true, NOW)).toBe("rest");
    expect(nextDeed(abort(byFilter(), NOW), false, NOW + DAY)).toBe("rest");
  });
});

describe("a page", () => {
  test("is counted, and over when nothing of it is left (2)", () => {
    const { bulk, isOver } = pageDone(byIds(), { success: 1, failure: 2, skipped: 3, left: 0 }, NOW);
    expect([isOver, bulk.success, bulk.failure, bulk.skipped, bulk.due]).toEqual([true, 1, 2, 3, NOW]);
  });

  test("of which some are left is tried again after 5 s, 10 s…; at the fifth time these have failed (3)", () => {
    let bulk = byIds();
    const pauses: number[] = [];
    for (let tries = 1; tries < 5; tries += 1) {
      const done = pageDone(bulk, { ...all(10), left: 4 }, NOW);
      expect(done.isOver).toBe(false);
      bulk = done.bulk;
      pauses.push(bulk.due - NOW);
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000]);
    const last = pageDone(bulk, { ...all(1), left: 3 }, NOW);
    expect(last).toMatchObject({ isOver: true, bulk: { success: 41, failure: 3, tries: 0, due: NOW } });
  });

  test("that an abort has cut short is counted as far as it came, and is over (1)", () => {
    const { bulk, isOver } = pageDone(abort(byIds(), NOW), { ...all(7), left: 93 }, NOW + 1);
    expect([isOver, bulk.status, bulk.success, bulk.failure, bulk.completedAt]).toEqual([true, "ABORTED", 7, 0, NOW]);
    expect(totalOf(bulk)).toBe(250);
  });

  test("that comes after an abort is not taken up (1)", () => {
    const aborted = abort(byFilter(), NOW);
    expect(pageRead(aborted, positions(5), 5, NOW)).toBe(aborted);
  });
});

describe("the end", () => {
  test("is that of the first who ends it (1)", () => {
    const done = complete(byIds(), NOW + 1);
    expect(abort(done, NOW + 2)).toBe(done);
    expect(complete(abort(byIds(), NOW), NOW + 2)).toMatchObject({ status: "ABORTED", completedAt: NOW });
  });

  test("tells how many runs there were in truth", () => {
    expect(totalOf(complete(byFilter({ expected: 10, success: 3, skipped: 1 }), NOW))).toBe(4);
    expect(totalOf(byFilter({ expected: 10, success: 3 }))).toBe(10);
    expect(totalOf(byFilter({ expected: 10, success: 11 }))).toBe(11);
  });

  test("comes to an action that cannot go on, after some hours (3)", () => {
    let bulk = byFilter();
    let now = NOW;
    let tries = 0;
    for (; bulk.status === "PENDING" && tries < 100; tries += 1) {
      bulk = hinder(bulk, now);
      now = bulk.status === "PENDING" ? bulk.due : now;
    }
    expect([bulk.status, tries]).toEqual(["ABORTED", 20]);
    expect(now - NOW).toBeGreaterThan(3_600_000);
    expect(hinder(bulk, now)).toBe(bulk);
  });

  test("is forgotten once something succeeds: tries are of what is next", () => {
    const hindered = hinder(hinder(byFilter(), NOW), NOW);
    expect(hindered.tries).toBe(2);
    expect(pageRead(hindered, positions(3), 3, NOW).tries).toBe(0);
  });
});

describe("the index", () => {
  test("is owed a new action, and each change (4)", () => {
    const bulk = byIds();
    expect([owesIndex(bulk), bulk.tellDue]).toEqual([true, NOW]);
    const told = toldIndex(bulk, bulk.version, NOW);
    expect(owesIndex(told)).toBe(false);
    expect(owesIndex(pageDone(told, all(1), NOW).bulk)).toBe(true);
  });

  test("is told of many changes together, and of the end at once", () => {
    const told = toldIndex(byIds(), 1, NOW);
    const changed = pageDone(told, all(1), NOW + 1).bulk;
    expect(changed.tellDue).toBe(NOW + 1_000);
    expect(pageDone(told, all(1), NOW + 5_000).bulk.tellDue).toBe(NOW + 5_000);
    expect(complete(changed, NOW + 2).tellDue).toBe(NOW + 2);
  });

  test("is still owed what changed while it was told (4)", () => {
    const bulk = byIds();
    const { version } = bulk;
    expect(owesIndex(toldIndex(abort(bulk, NOW), version, NOW))).toBe(true);
  });

  test("that is away is told after 5 s, 10 s… 10 min, and for as long as it takes (4)", () => {
    let bulk = complete(byIds(), NOW);
    const pauses: number[] = [];
    for (let i = 0; i < 30; i += 1) {
      bulk = notTold(bulk, NOW);
      pauses.push(bulk.tellDue - NOW);
      expect(dueOfBulk(bulk, DAY)).toBe(bulk.tellDue);
    }
    expect(pauses.slice(0, 3)).toEqual([5_000, 10_000, 20_000]);
    expect(pauses.at(-1)).toBe(600_000);
    expect(isGone(bulk, DAY, NOW + 100 * DAY)).toBe(false);
  });
});

describe("the alarm", () => {
  const rested = (bulk: Bulk): Bulk => toldIndex(bulk, bulk.version, NOW);

  test("stands at what is next, work or word", () => {
    expect(dueOfBulk(byFilter(), DAY)).toBe(NOW);
    expect(dueOfBulk(rested(byFilter()), DAY)).toBe(NOW + 2_000);
  });

  test("stands at the end of the retention of what is over, or nowhere", () => {
    const over = rested(complete(byIds(), NOW));
    expect(dueOfBulk(over, 30 * DAY)).toBe(NOW + 30 * DAY);
    expect(dueOfBulk(over, undefined)).toBeUndefined();
    expect(isGone(over, 30 * DAY, NOW + 30 * DAY - 1)).toBe(false);
    expect(isGone(over, 30 * DAY, NOW + 30 * DAY)).toBe(true);
    expect(isGone(over, undefined, NOW + 1_000 * DAY)).toBe(false);
    expect(isGone(rested(byIds()), 30 * DAY, NOW + 1_000 * DAY)).toBe(false);
  });
});

test("whatever happens, every action ends, and each of its runs is counted once (2, 3)", () =>
  forEachSeed("bulk", 300, (seed) => {
    const random = new Random(seed);
    const runs = random.below(450);
    let unread = positions(runs);
    let page: number | undefined;
    let bulk = byFilter();
    let now = NOW;
    const abortAt = random.below(4) === 0 ? random.below(30) : -1;
    let [steps, counted] = [0, 0];
    for (; bulk.status === "PENDING" && steps < 1_000; steps += 1) {
      now = Math.max(now + 1, dueOfBulk(bulk, DAY) ?? now);
      if (steps === abortAt) bulk = abort(bulk, now);
      if (random.below(5) === 0 && owesIndex(bulk)) bulk = random.below(2) === 0 ? notTold(bulk, now) : bulk;
      else bulk = toldIndex(bulk, bulk.version, now);
      switch (nextDeed(bulk, page !== undefined, now)) {
        case "read": {
          if (random.below(6) === 0) {
            bulk = hinder(bulk, now);
            break;
          }
          const read = unread.slice(0, BULK_PAGE);
          unread = unread.slice(BULK_PAGE);
          bulk = pageRead(bulk, read, undefined, now);
          page = read.length === 0 ? undefined : read.length;
          break;
        }
        case "act": {
          const left = random.below(3) === 0 ? random.below((page ?? 0) + 1) : 0;
          const [success, skipped] = [(page ?? 0) - left, 0];
          const done = pageDone(bulk, { success, failure: 0, skipped, left }, now);
          counted += success;
          bulk = done.bulk;
          page = done.isOver ? undefined : left;
          break;
        }
        case "end":
          bulk = complete(bulk, now);
          break;
        case "rest":
          break;
      }
    }
    expect(["COMPLETED", "ABORTED"]).toContain(bulk.status);
    expect(bulk.success).toBe(counted);
    if (bulk.status === "COMPLETED") expect([bulk.success + bulk.failure, unread.length]).toEqual([runs, 0]);
  }));
