import { describe, expect, test } from "vitest";
import { HELD_BACK, statusOf, type Run } from "../../worker/core/run.ts";
import { beginning, transition } from "../../worker/core/run-machine.ts";
import {
  aRun,
  BORN,
  CANCELED,
  claimed,
  DUE,
  ERROR,
  executing,
  failed,
  SETTLED,
  suspended,
  taken,
} from "../support/run-records.ts";

const LATER = BORN + 3_600_000;

const delayed = (fields: Partial<Run> = {}) =>
  aRun({ delay: "1h", delayedUntil: LATER, state: { at: "delayed", due: LATER }, ...fields });

const begun = (fields: Partial<Run>, now = BORN) => aRun({ ...fields, ...beginning(aRun(fields), now) });

describe("a delayed run", () => {
  test("begins with its delay, and owes no dispatch", () => {
    expect(beginning(aRun({ delayedUntil: LATER }), BORN).state).toEqual({ at: "delayed", due: LATER });
    expect(statusOf(delayed())).toBe("DELAYED");
  });

  test("begins ready when the moment has passed", () => {
    expect(beginning(aRun({ delayedUntil: BORN }), BORN).state).toMatchObject({ at: "queued", fresh: true });
  });

  test("is ready when the time has come, and owes a dispatch (4)", () => {
    const { run, effects } = taken(transition(delayed(), DUE, LATER));
    expect(run.state).toEqual({ at: "queued", fresh: true, alone: false, sends: 0, due: LATER + 15_000 });
    expect(effects).toEqual([{ type: "dispatch", epoch: 0, alone: false }]);
  });

  test("is not ready before", () => {
    expect(transition(delayed(), DUE, LATER - 1)).toEqual({ ignored: "early" });
    expect(transition(delayed(), claimed(0), LATER - 1)).toEqual({ ignored: "stale" });
  });

  test("is canceled without ever starting", () => {
    const { run } = taken(transition(delayed(), CANCELED, BORN));
    expect(run).toMatchObject({ state: { at: "final", status: "CANCELED" }, attempt: 0 });
    expect(transition(run, DUE, LATER)).toEqual({ ignored: "final" });
  });

  test("starts at the new time when it is rescheduled: the old one means nothing any more", () => {
    const { run, effects } = taken(transition(delayed(), { type: "rescheduled", delay: "3h", until: 3 * LATER }, BORN));
    expect(run).toMatchObject({ delay: "3h", delayedUntil: 3 * LATER, state: { at: "delayed", due: 3 * LATER } });
    expect(effects).toEqual([]);
    expect(transition(run, DUE, LATER)).toEqual({ ignored: "early" });
    expect(taken(transition(run, DUE, 3 * LATER)).effects).toHaveLength(1);
  });

  test("starts at once when it is rescheduled to a moment that has passed", () => {
    const { run, effects } = taken(transition(delayed(), { type: "rescheduled", delay: "0s", until: BORN }, BORN));
    expect(run.state.at).toBe("queued");
    expect(effects).toHaveLength(1);
  });

  test("is rescheduled only while it is delayed", () => {
    const event = { type: "rescheduled", delay: "3h", until: 3 * LATER } as const;
    for (const run of [aRun(), executing(), executing({ state: { at: "waiting" } })]) {
      expect(transition(run, event, BORN)).toEqual({ ignored: "out of place" });
    }
  });
});

describe("a time to live", () => {
  test("starts when the run is ready, and bounds when it is looked at", () => {
    expect(beginning(aRun({ ttl: 10 }), BORN)).toMatchObject({
      expiresAt: BORN + 10_000,
      state: { due: BORN + 10_000 },
    });
    expect(beginning(aRun({ ttl: 60 }), BORN)).toMatchObject({
      expiresAt: BORN + 60_000,
      state: { due: BORN + 15_000 },
    });
  });

  test("starts after the delay", () => {
    const run = delayed({ ttl: 10 });
    expect(run.expiresAt).toBeUndefined();
    expect(taken(transition(run, DUE, LATER)).run.expiresAt).toBe(LATER + 10_000);
  });

  test("ends a run that has not started: it is EXPIRED, and its waiter is told", () => {
    const { run, effects } = taken(transition(begun({ ttl: 10, waiter: { n: "p" } }), DUE, BORN + 10_000));
    expect(run.state).toEqual({ at: "final", status: "EXPIRED" });
    expect(effects).toMatchObject([
      { type: "keep", outcome: { ok: false, error: { name: "RunExpiredError" } } },
      { type: "settle", waiter: { n: "p" } },
    ]);
  });

  test("ends a run that is claimed too late", () => {
    const { run } = taken(transition(begun({ ttl: 10 }), claimed(0), BORN + 10_000));
    expect(run).toMatchObject({ state: { at: "final", status: "EXPIRED" }, attempt: 0 });
  });

  test("is over once the run has started: neither a retry nor a resumption arms it again", () => {
    let run = taken(transition(begun({ ttl: 10 }), claimed(0), BORN + 9_999)).run;
    run = taken(transition(run, failed(1, 60_000), BORN + 20_000)).run;
    run = taken(transition(run, DUE, BORN + 80_000)).run;
    expect(run.state).toMatchObject({ at: "queued", due: BORN + 95_000 });
    run = taken(transition(run, claimed(1), BORN + 90_000)).run;
    run = taken(transition(run, suspended(2), BORN + 91_000)).run;
    run = taken(transition(run, SETTLED, BORN + 200_000)).run;
    expect(taken(transition(run, claimed(2), BORN + 300_000)).run.state.at).toBe("executing");
  });

  test("goes on while lost dispatches are sent again", () => {
    const again = taken(transition(begun({ ttl: 20 }), DUE, BORN + 15_000)).run;
    expect(again.state).toMatchObject({ at: "queued", sends: 1, due: BORN + 20_000 });
    expect(taken(transition(again, DUE, BORN + 20_000)).run.state).toEqual({ at: "final", status: "EXPIRED" });
  });
});

describe("an item with a clock of its own", () => {
  const held = (fields: Partial<Run>) =>
    aRun({ ...fields, state: { at: "queued", fresh: true, alone: false, sends: 0, due: HELD_BACK } });

  test("starts its time to live when its batch is sealed", () => {
    const { run, effects } = taken(transition(held({ ttl: 10 }), { type: "released" }, BORN + 500));
    expect(run).toMatchObject({ expiresAt: BORN + 10_500, state: { at: "queued" } });
    expect(effects).toEqual([{ type: "dispatch", epoch: 0, alone: false }]);
  });

  test("starts its delay then", () => {
    const { run, effects } = taken(transition(held({ delayedUntil: LATER }), { type: "released" }, BORN + 500));
    expect(run.state).toEqual({ at: "delayed", due: LATER });
    expect(effects).toEqual([]);
  });

  test("is released once", () => {
    const { run } = taken(transition(held({ ttl: 10 }), { type: "released" }, BORN + 500));
    expect(transition(run, { type: "released" }, BORN + 600)).toEqual({ ignored: "out of place" });
  });
});

describe("an attempt that takes too long", () => {
  const overran = (epoch: number) => ({ type: "overran", epoch, error: ERROR }) as const;

  test("ends the run: it is TIMED_OUT, whatever attempts are left", () => {
    const { run, effects } = taken(transition(executing({ maxDuration: 5 }), overran(1), BORN + 6_000));
    expect(run.state).toEqual({ at: "final", status: "TIMED_OUT" });
    expect(effects).toEqual([{ type: "keep", outcome: { ok: false, error: ERROR } }]);
  });

  test("is told of by its own consumer only (3)", () => {
    expect(transition(executing(), overran(0), BORN + 6_000)).toEqual({ ignored: "stale" });
  });

  test("has the time of its earlier passes counted, and not that of its waits", () => {
    const rested = taken(
      transition(executing({ maxDuration: 5, activeMs: 700 }), { ...suspended(1), activeMs: 300 } as never, LATER),
    ).run;
    expect(rested.activeMs).toBe(1_000);
    const resumed = taken(transition(rested, SETTLED, 2 * LATER)).run;
    expect(taken(transition(resumed, claimed(1), 2 * LATER)).run.activeMs).toBe(1_000);
  });

  test("leaves the next attempt all of its time", () => {
    const failing = executing({ maxDuration: 5, activeMs: 4_000 });
    const retrying = taken(transition(failing, failed(1, 0), LATER)).run;
    expect(taken(transition(retrying, claimed(1), LATER)).run.activeMs).toBe(0);
  });
});

describe("a run whose task is not in the deployment", () => {
  const missing = (epoch: number) => ({ type: "missing", epoch }) as const;

  test("is parked, and handed out again later (4)", () => {
    const { run, effects } = taken(transition(executing(), missing(1), LATER));
    expect(statusOf(run)).toBe("PENDING_VERSION");
    expect(run.state).toMatchObject({ at: "queued", fresh: true, missing: true, due: LATER + 30_000 });
    expect(effects).toEqual([]);
    expect(taken(transition(run, DUE, LATER + 30_000)).effects).toEqual([{ type: "dispatch", epoch: 1, alone: false }]);
  });

  test("loses no attempt by it, and has not started", () => {
    const parked = taken(transition(executing({ maxAttempts: 1 }), missing(1), LATER)).run;
    expect(parked).toMatchObject({ attempt: 0 });
    expect(parked.startedAt).toBeUndefined();
    const again = taken(transition(parked, claimed(1), 2 * LATER)).run;
    expect(again).toMatchObject({ attempt: 1, startedAt: 2 * LATER, state: { at: "executing" } });
  });

  test("goes on in its attempt when it was resumed", () => {
    const resumed = executing({ attempt: 2, startedAt: BORN + 10 }, { fresh: false });
    const parked = taken(transition(resumed, missing(1), LATER)).run;
    expect(parked).toMatchObject({ attempt: 2, startedAt: BORN + 10, state: { fresh: false, missing: true } });
  });

  test("does not expire while it waits for its task", () => {
    const parked = taken(transition(executing({ ttl: 10, expiresAt: BORN + 10_000 }), missing(1), LATER)).run;
    expect(taken(transition(parked, DUE, 2 * LATER)).run.state).toMatchObject({ at: "queued", missing: true });
    expect(taken(transition(parked, claimed(1), 2 * LATER)).run.state.at).toBe("executing");
  });

  test("is asked for at growing pauses", () => {
    const once = taken(transition(executing(), missing(1), LATER)).run;
    const twice = taken(transition(taken(transition(once, claimed(1), LATER)).run, missing(2), LATER)).run;
    expect(twice.state).toMatchObject({ due: LATER + 60_000 });
  });

  test("is told of by its own consumer only (3)", () => {
    expect(transition(executing(), missing(0), LATER)).toEqual({ ignored: "stale" });
  });
});
