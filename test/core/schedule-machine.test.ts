import { describe, expect, test } from "vitest";
import type { CatchUp, Overlap } from "../../sdk/lib/schedule-wire.ts";
import type { Schedule, ScheduleSpec } from "../../worker/core/schedule.ts";
import {
  activate,
  deactivate,
  dueOfSchedule,
  ended,
  hindered,
  isGone,
  newSchedule,
  owesList,
  refused,
  remove,
  respecify,
  started,
  toldList,
  wake,
} from "../../worker/core/schedule-machine.ts";
import { fractionOf, startOf, tickAfter, windowProblem } from "../../worker/core/schedule-window.ts";

const NOON = Date.parse("2026-06-01T12:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const HOURLY: ScheduleSpec = {
  ...{ type: "IMPERATIVE", task: "t", cron: "0 * * * *", timezone: "UTC", catchUp: "latest", overlap: "allow" },
};
const specOf = (fields: Partial<ScheduleSpec> = {}): ScheduleSpec => ({ ...HOURLY, ...fields });

/** A schedule that the list knows, made just after noon. */
const known = (fields: Partial<ScheduleSpec> = {}): Schedule => {
  const schedule = newSchedule(specOf(fields), 0.5, NOON + 1);
  return toldList(schedule, schedule.version, NOON + 1);
};
const wakeAt = (schedule: Schedule, at: number) => wake(schedule, at).schedule;
const hours = (n: number) => NOON + n * HOUR;
const phases = ({ ticks }: Schedule) => ticks.map(({ at, phase }) => `${(at - NOON) / HOUR} ${phase}`);

describe("ticks", () => {
  test("begin after the schedule was made, not with the moment itself", () => {
    expect(newSchedule(HOURLY, 0, NOON).next).toEqual({ at: hours(1), due: hours(1) });
  });

  test("are owed a run when they are due, and not before", () => {
    expect(wakeAt(known(), hours(1) - 1).ticks).toEqual([]);
    const due = wakeAt(known(), hours(1));
    expect(phases(due)).toEqual(["1 owed"]);
    expect(due.next?.at).toBe(hours(2));
  });

  test("do not drift: a late one does not make the next one late", () => {
    expect(wakeAt(known(), hours(1) + 50_000).next?.at).toBe(hours(2));
  });

  test("come once, however often the schedule wakes", () => {
    const once = wakeAt(known(), hours(1));
    expect(wakeAt(once, hours(1) + 5)).toBe(once);
  });

  test("know the one before that came to a run; the first knows none", () => {
    const first = started(wakeAt(known(), hours(1)), hours(1), hours(1));
    const second = wakeAt(first, hours(2));
    expect([first.last, second.ticks[0]?.last]).toEqual([hours(1), hours(1)]);
    expect(wakeAt(known(), hours(1)).ticks[0]).not.toHaveProperty("last");
  });

  test("stay owed until the door has answered: again after 5 s, 10 s", () => {
    let schedule = wakeAt(known(), hours(1));
    expect(dueOfSchedule(schedule)).toBe(hours(1) + 5_000);
    schedule = hindered(schedule, hours(1), hours(1) + 5_000);
    schedule = hindered(schedule, hours(1), hours(1) + 10_000);
    expect(dueOfSchedule(schedule)).toBe(hours(1) + 20_000);
    expect(dueOfSchedule(started(schedule, hours(1), hours(1) + 20_000))).toBe(hours(2));
  });

  test("that something is being done about do not make the schedule wake in the past", () => {
    const schedule = wakeAt(known(), hours(1));
    const now = hours(1) + 6_000;
    const dueWith = (...ticks: number[]) => dueOfSchedule(schedule, { ticks: new Set(ticks), now, again: now + 5_000 });
    expect([dueWith(), dueWith(hours(1))]).toEqual([hours(1) + 5_000, now + 5_000]);
    // One that is not due yet stays so.
    const early = { ticks: new Set([hours(1)]), now: hours(1) + 1, again: hours(1) + 5_001 };
    expect(dueOfSchedule(schedule, early)).toBe(hours(1) + 5_000);
  });

  test("that can have no run are left out, and do not count as the last one", () => {
    const first = started(wakeAt(known(), hours(1)), hours(1), hours(1));
    const without = refused(wakeAt(first, hours(2)), hours(2), hours(2));
    expect([without.ticks, without.last, without.next?.at]).toEqual([[], hours(1), hours(3)]);
    expect(refused(wakeAt(known(), hours(1)), hours(1), hours(1))).not.toHaveProperty("last");
  });
});

describe("missed ticks", () => {
  const after = (catchUp: CatchUp, at: number) => phases(wakeAt(known({ catchUp }), at));

  test.each(["none", "latest", "all"] as const)("%s: one that is less than a minute late is not missed", (catchUp) => {
    expect(after(catchUp, hours(1) + MINUTE - 1)).toEqual(["1 owed"]);
  });

  test("none: what is a minute late is left out, and what is on time is not", () => {
    expect(after("none", hours(1) + MINUTE)).toEqual([]);
    expect(after("none", hours(3) + 10)).toEqual(["3 owed"]);
  });

  test("latest: the newest of them comes, alone", () => {
    expect(after("latest", hours(4) + 2 * MINUTE)).toEqual(["4 owed"]);
  });

  test("all: each of them comes, in its order", () => {
    expect(after("all", hours(3) + 2 * MINUTE)).toEqual(["1 owed", "2 owed", "3 owed"]);
  });

  test("all: of more than a hundred the newest come, and it is told", () => {
    expect(wake(known({ catchUp: "all" }), hours(100) + MINUTE)).toMatchObject({ isCut: false });
    const { schedule, isCut } = wake(known({ catchUp: "all" }), hours(250) + MINUTE);
    expect([isCut, schedule.ticks.length, schedule.ticks[0]?.at]).toEqual([true, 100, hours(151)]);
  });

  test("an outage of years costs no more than one of days", () => {
    const { schedule } = wake(known({ catchUp: "all", cron: "* * * * *" }), NOON + 20 * 365 * 24 * HOUR);
    expect(schedule.ticks).toHaveLength(100);
  });
});

describe("overlap", () => {
  const under = (overlap: Overlap) => {
    const first = wakeAt(known({ overlap }), hours(1));
    return started(first, hours(1), hours(1));
  };

  test("allow: a run that is made is done with, and the next starts beside it", () => {
    expect(under("allow").ticks).toEqual([]);
    expect(phases(wakeAt(under("allow"), hours(2)))).toEqual(["2 owed"]);
  });

  test("skip: ticks that come while a run is under way are left out", () => {
    const second = wakeAt(under("skip"), hours(2));
    expect([phases(second), second.last]).toEqual([["1 running"], hours(1)]);
    expect(phases(wakeAt(ended(second, hours(1), hours(2)), hours(3)))).toEqual(["3 owed"]);
  });

  test("skip: a run that may have been made counts as one", () => {
    expect(phases(wakeAt(wakeAt(known({ overlap: "skip" }), hours(1)), hours(2)))).toEqual(["1 owed"]);
  });

  test("queue: they wait, and go one after the other", () => {
    const third = wakeAt(wakeAt(under("queue"), hours(2)), hours(3));
    expect(phases(third)).toEqual(["1 running", "2 waiting", "3 waiting"]);
    const next = ended(third, hours(1), hours(3) + 5);
    expect(phases(next)).toEqual(["2 owed", "3 waiting"]);
    expect(next.ticks[0]?.last).toBe(hours(1));
  });

  test("queue: of more than a hundred the oldest are left out, but for the one that is under way", () => {
    let schedule = under("queue");
    for (let n = 2; n < 150; n += 1) schedule = wakeAt(schedule, hours(n));
    expect(schedule.ticks).toHaveLength(100);
    expect(phases(schedule).slice(0, 2)).toEqual(["1 running", "51 waiting"]);
  });

  test("cancel-running: the run is ended first, then the newest tick has its own", () => {
    const second = wakeAt(under("cancel-running"), hours(2));
    expect(phases(second)).toEqual(["1 ending", "2 waiting"]);
    const third = wakeAt(second, hours(3));
    expect(phases(third)).toEqual(["1 ending", "3 waiting"]);
    expect(phases(ended(third, hours(1), hours(3)))).toEqual(["3 owed"]);
  });

  test("cancel-running: a run that may have been made is found before it is ended", () => {
    const second = wakeAt(wakeAt(known({ overlap: "cancel-running" }), hours(1)), hours(2));
    expect(phases(second)).toEqual(["1 owed", "2 waiting"]);
    expect(phases(started(second, hours(1), hours(2)))).toEqual(["1 ending", "2 waiting"]);
  });

  test("the end of a run may be heard before that it was made", () => {
    const before = ended(wakeAt(known({ overlap: "queue" }), hours(1)), hours(1), hours(1));
    expect(before.ticks).toEqual([]);
    expect(started(before, hours(1), hours(1)).ticks).toEqual([]);
  });

  test("what was made under a policy that asks for no end is not waited for under another", () => {
    const made = respecify(wakeAt(known(), hours(1)), specOf({ overlap: "skip" }), hours(1));
    expect(started(made, hours(1), hours(1)).ticks).toEqual([]);
  });

  test("changed to allow, what waits starts, and what runs is not waited for", () => {
    const waiting = wakeAt(under("queue"), hours(2));
    expect(phases(respecify(waiting, specOf(), hours(2)))).toEqual(["2 owed"]);
  });
});

describe("changes", () => {
  test("to what it is already change nothing", () => {
    const schedule = known();
    expect(respecify(schedule, specOf(), hours(9))).toBe(schedule);
    expect(activate(schedule, hours(9))).toBe(schedule);
  });

  test("of the pattern count from now on", () => {
    expect(respecify(known(), specOf({ cron: "30 * * * *" }), hours(5)).next?.at).toBe(hours(5.5));
  });

  test("of anything else leave the next tick", () => {
    expect(respecify(known(), specOf({ externalId: "x" }), hours(0.5)).next?.at).toBe(hours(1));
  });

  test("are owed to the list until that has them; one that it was told late does not hide a newer one", () => {
    const changed = deactivate(known(), hours(0.5));
    expect([owesList(changed), dueOfSchedule(changed)]).toEqual([true, hours(0.5) + 5_000]);
    const again = activate(changed, hours(0.6));
    expect(owesList(toldList(again, changed.version, hours(0.6)))).toBe(true);
    expect(owesList(toldList(again, again.version, hours(0.6)))).toBe(false);
  });

  test("deactivated, it has no tick and no waiting one, and activated it has no missed one", () => {
    const waiting = wakeAt(started(wakeAt(known({ overlap: "queue" }), hours(1)), hours(1), hours(1)), hours(2));
    const off = deactivate(waiting, hours(2));
    expect([phases(off), off.next, wakeAt(off, hours(9))]).toEqual([["1 running"], undefined, off]);
    expect(activate(off, hours(9)).next?.at).toBe(hours(10));
  });

  test("removed, it starts nothing, and is gone once the list has forgotten it", () => {
    const removed = remove(wakeAt(known(), hours(1)), hours(1));
    expect([removed.ticks, removed.next, isGone(removed)]).toEqual([[], undefined, false]);
    expect(activate(removed, hours(1))).toBe(removed);
    const gone = toldList(removed, removed.version, hours(1));
    expect([isGone(gone), dueOfSchedule(gone)]).toEqual([true, undefined]);
  });

  test("made again before it was forgotten, it begins anew and is newer than what is owed", () => {
    const removed = remove(known(), hours(1));
    const again = respecify(removed, specOf(), hours(1));
    expect([again.isRemoved, again.isActive, again.last, again.next?.at]).toEqual([
      undefined,
      true,
      undefined,
      hours(2),
    ]);
    expect(again.version).toBeGreaterThan(removed.version);
  });
});

describe("a window", () => {
  test.each(["0m", "30m", "24h", "100%", "0%"])("%s is one", (window) => {
    expect(windowProblem(window)).toBeUndefined();
  });

  test.each(["", "30", "25h", "1441m", "101%", "-5m", "1d", "1.5h"])("%j is none", (window) => {
    expect(windowProblem(window)).toContain("up to 24 hours");
  });

  test("puts each start off by the same while, and never beyond the next tick", () => {
    const times = { cron: "0 * * * *", timezone: "UTC" };
    expect(startOf({ ...times, window: "30m" }, 0.5, hours(1))).toBe(hours(1.25));
    expect(startOf({ ...times, window: "24h" }, 0.999, hours(1))).toBeLessThan(hours(2));
    expect(startOf({ ...times, window: "50%" }, 0.5, hours(1))).toBe(hours(1.25));
    expect(startOf({ ...times, window: "0m" }, 0.5, hours(1))).toBe(hours(1));
    expect(tickAfter({ ...times, window: "30m" }, 0.5, NOON)).toEqual({ at: hours(1), due: hours(1.25) });
  });

  test("makes no tick early, late or missed", () => {
    const schedule = known({ window: "30m" });
    expect(wakeAt(schedule, hours(1.2)).ticks).toEqual([]);
    const due = wakeAt(schedule, hours(1.25));
    expect([phases(due), due.next]).toEqual([["1 owed"], { at: hours(2), due: hours(2.25) }]);
    // The tick of two o'clock has come, its start has not.
    expect(phases(wakeAt(known({ window: "30m", catchUp: "all" }), hours(2.1)))).toEqual(["1 owed"]);
    expect(wakeAt(known({ window: "30m", catchUp: "none" }), hours(1.25) + MINUTE).ticks).toEqual([]);
  });

  test("places schedules all over it", () => {
    const fractions = Array.from({ length: 1000 }, (_, i) => fractionOf(`sched_${i}`));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      expect(fractions.filter((one) => Math.floor(one * 10) === tenth).length).toBeGreaterThan(50);
    }
  });
});
