import { describe, expect, test } from "vitest";
import { statusOf, type Run } from "../../worker/core/run.ts";
import { transition } from "../../worker/core/run-machine.ts";
import {
  aRun,
  BORN,
  CANCELED,
  claimed,
  completed,
  DUE,
  ERROR,
  executing,
  failed,
  LEASE_MS,
  OUTPUT,
  SETTLED,
  suspended,
  taken,
} from "../support/run-records.ts";

const NOW = BORN + 1_000;

const waiting = (fields: Partial<Run> = {}) => executing({ state: { at: "waiting" }, ...fields });

describe("a queued run", () => {
  test("is handed out: it executes under the next epoch until the lease ends", () => {
    const { run, effects } = taken(transition(aRun(), claimed(0), NOW));
    expect(run.state).toEqual({ at: "executing", call: "a call", fresh: true, news: false, due: NOW + LEASE_MS });
    expect(run.epoch).toBe(1);
    expect(effects).toEqual([]);
  });

  test("starts its first attempt when it is claimed, not before (7)", () => {
    const { run } = taken(transition(aRun(), claimed(0), NOW));
    expect(run).toMatchObject({ attempt: 1, attemptStartedAt: NOW, startedAt: NOW });
  });

  test("keeps the time of its first start in later attempts", () => {
    const again = aRun({ attempt: 1, startedAt: BORN + 10, attemptStartedAt: BORN + 10, logged: 4 });
    const { run } = taken(transition(again, claimed(0), NOW));
    expect(run).toMatchObject({ attempt: 2, startedAt: BORN + 10, attemptStartedAt: NOW, logged: 0 });
  });

  test("goes on in the same attempt when it was resumed, with the log lines it has (7)", () => {
    const resumed = executing({ logged: 4, state: { at: "queued", fresh: false, alone: false, sends: 0, due: NOW } });
    const { run } = taken(transition(resumed, claimed(1), NOW));
    expect(run).toMatchObject({ attempt: 1, attemptStartedAt: BORN + 10, epoch: 2, logged: 4 });
  });

  test("is dispatched again when nobody has claimed it in time, and later each time (4)", () => {
    const once = taken(transition(aRun(), DUE, BORN + 15_000));
    expect(once.effects).toEqual([{ type: "dispatch", epoch: 0, alone: false }]);
    expect(once.run.state).toMatchObject({ at: "queued", fresh: true, sends: 1, due: BORN + 45_000 });
    const twice = taken(transition(once.run, DUE, BORN + 45_000));
    expect(twice.effects).toEqual([{ type: "dispatch", epoch: 0, alone: false }]);
    expect(twice.run.state).toMatchObject({ sends: 2, due: BORN + 105_000 });
  });

  test("stays alone when it is dispatched again", () => {
    const alone = aRun({ state: { at: "queued", fresh: true, alone: true, sends: 0, due: NOW } });
    expect(taken(transition(alone, DUE, NOW)).effects).toEqual([{ type: "dispatch", epoch: 0, alone: true }]);
  });

  test("is not dispatched again before its time", () => {
    expect(transition(aRun(), DUE, BORN + 14_999)).toEqual({ ignored: "early" });
  });

  test("reads what has settled when it is claimed: news is no event for it", () => {
    expect(transition(aRun(), SETTLED, NOW)).toEqual({ ignored: "out of place" });
  });

  test("is canceled without ever starting", () => {
    const { run, effects } = taken(transition(aRun(), CANCELED, NOW));
    expect(run).toMatchObject({ state: { at: "final", status: "CANCELED" }, finishedAt: NOW, attempt: 0 });
    expect(effects).toMatchObject([{ type: "keep", outcome: { ok: false, error: { name: "RunCanceledError" } } }]);
  });
});

describe("an executing run", () => {
  test("completes with its output", () => {
    const { run, effects } = taken(transition(executing(), completed(1), NOW));
    expect(run).toMatchObject({ state: { at: "final", status: "COMPLETED" }, finishedAt: NOW });
    expect(effects).toEqual([{ type: "keep", outcome: OUTPUT }]);
  });

  test("pauses after a failure, and is due when the delay is over", () => {
    const { run, effects } = taken(transition(executing(), failed(1, 2_000), NOW));
    expect(run.state).toEqual({ at: "retrying", long: false, due: NOW + 2_000 });
    expect(run.finishedAt).toBeUndefined();
    expect(effects).toEqual([]);
  });

  test("counts as queued during a pause of 30 s or more", () => {
    expect(taken(transition(executing(), failed(1, 29_999), NOW)).run.state).toMatchObject({ long: false });
    expect(taken(transition(executing(), failed(1, 30_000), NOW)).run.state).toMatchObject({ long: true });
  });

  test("is ready again at once when the delay is zero", () => {
    const { run, effects } = taken(transition(executing(), failed(1, 0), NOW));
    expect(run.state).toEqual({ at: "queued", fresh: true, alone: false, sends: 0, due: NOW + 15_000 });
    expect(effects).toEqual([{ type: "dispatch", epoch: 1, alone: false }]);
  });

  test("fails for good when the error is not worth another attempt", () => {
    const { run, effects } = taken(transition(executing(), failed(1), NOW));
    expect(run.state).toEqual({ at: "final", status: "FAILED" });
    expect(effects).toEqual([{ type: "keep", outcome: { ok: false, error: ERROR } }]);
  });

  test("crashes with an error that says so, and goes on with another machine where one is named", () => {
    const crash = { ...failed(1), isCrash: true } as const;
    expect(taken(transition(executing(), crash, NOW)).run.state).toEqual({ at: "final", status: "CRASHED" });
    const saved = { type: "failed", epoch: 1, error: ERROR, retryDelayMs: 0, machine: "large-1x" } as const;
    const { run } = taken(transition(executing(), saved, NOW));
    expect(run).toMatchObject({ machine: "large-1x", state: { at: "queued", fresh: true } });
  });

  test("fails for good after its last attempt (7)", () => {
    const last = executing({ attempt: 3 });
    expect(taken(transition(last, failed(1, 2_000), NOW)).run.state).toEqual({ at: "final", status: "FAILED" });
    const before = executing({ attempt: 2 });
    expect(taken(transition(before, failed(1, 2_000), NOW)).run.state).toMatchObject({ at: "retrying" });
  });

  test("waits when its pass suspends, with nothing due: what it waits for will settle (4)", () => {
    const { run, effects } = taken(transition(executing(), suspended(1, 3), NOW));
    expect(run.state).toEqual({ at: "waiting" });
    expect(run.logged).toBe(3);
    expect(effects).toEqual([]);
  });

  test("does not forget log lines that an earlier pass has stored", () => {
    expect(taken(transition(executing({ logged: 5 }), suspended(1, 3), NOW)).run.logged).toBe(5);
  });

  test("remembers that something settled while the pass executes, and resumes when it suspends (8)", () => {
    const heard = taken(transition(executing(), SETTLED, NOW));
    expect(heard).toMatchObject({ run: { state: { at: "executing", news: true } }, effects: [] });
    const { run, effects } = taken(transition(heard.run, suspended(1), NOW + 5));
    expect(run.state).toEqual({ at: "queued", fresh: false, alone: false, sends: 0, due: NOW + 5 + 15_000 });
    expect(effects).toEqual([{ type: "dispatch", epoch: 1, alone: false }]);
  });

  test("needs to hear of news once", () => {
    const heard = taken(transition(executing(), SETTLED, NOW)).run;
    expect(transition(heard, SETTLED, NOW)).toEqual({ ignored: "out of place" });
  });

  test("forgets the news with the next claim: the journal has it", () => {
    const heard = taken(transition(executing(), SETTLED, NOW)).run;
    const resumed = taken(transition(heard, suspended(1), NOW)).run;
    expect(taken(transition(resumed, claimed(1), NOW)).run.state).toMatchObject({ at: "executing", news: false });
  });

  test("is handed out again, alone and as a new attempt, when its lease ends (4, 7)", () => {
    const { run, effects } = taken(transition(executing(), DUE, BORN + 10 + LEASE_MS));
    expect(run.state).toMatchObject({ at: "queued", fresh: true, alone: true, sends: 0 });
    expect(run.attempt).toBe(1);
    expect(effects).toEqual([{ type: "dispatch", epoch: 1, alone: true }]);
    expect(taken(transition(run, claimed(1), NOW + LEASE_MS)).run.attempt).toBe(2);
  });

  test("has crashed when the lease of its last attempt ends (7)", () => {
    const { run, effects } = taken(transition(executing({ attempt: 3 }), DUE, BORN + 10 + LEASE_MS));
    expect(run.state).toEqual({ at: "final", status: "CRASHED" });
    expect(effects).toMatchObject([{ type: "keep", outcome: { ok: false, error: { name: "RunCrashedError" } } }]);
    expect(JSON.stringify(effects)).toContain("attempt 3 of 3");
  });

  test("keeps its consumer while the lease lasts", () => {
    expect(transition(executing(), DUE, BORN + 9 + LEASE_MS)).toEqual({ ignored: "early" });
  });

  test("has its lease prolonged, never shortened", () => {
    const due = BORN + 10 + LEASE_MS;
    const { run, effects } = taken(transition(executing(), { type: "renewed", due: due + 1 }, NOW));
    expect(run).toEqual({
      ...executing(),
      state: { at: "executing", call: "a call", fresh: true, news: false, due: due + 1 },
    });
    expect(effects).toEqual([]);
    expect(transition(executing(), { type: "renewed", due }, NOW)).toEqual({ ignored: "out of place" });
  });

  test("is canceled, and its consumer's report comes too late (1, 3)", () => {
    const { run } = taken(transition(executing(), CANCELED, NOW));
    expect(run.state).toEqual({ at: "final", status: "CANCELED" });
    expect(transition(run, completed(1), NOW)).toEqual({ ignored: "final" });
  });
});

describe("a waiting run", () => {
  test("is resumed when something settles, in the same attempt (4)", () => {
    const { run, effects } = taken(transition(waiting(), SETTLED, NOW));
    expect(run.state).toEqual({ at: "queued", fresh: false, alone: false, sends: 0, due: NOW + 15_000 });
    expect(effects).toEqual([{ type: "dispatch", epoch: 1, alone: false }]);
  });

  test("is resumed once by settlements that arrive together", () => {
    const resumed = taken(transition(waiting(), SETTLED, NOW)).run;
    expect(transition(resumed, SETTLED, NOW)).toEqual({ ignored: "out of place" });
  });

  test("has no due time of its own", () => {
    expect(transition(waiting(), DUE, NOW)).toEqual({ ignored: "out of place" });
  });

  test("is canceled", () => {
    expect(taken(transition(waiting(), CANCELED, NOW)).run.state).toEqual({ at: "final", status: "CANCELED" });
  });
});

describe("a run between two attempts", () => {
  const retrying = () => executing({ state: { at: "retrying", long: false, due: NOW } });

  test("is ready for a new attempt when the pause is over (4)", () => {
    const { run, effects } = taken(transition(retrying(), DUE, NOW));
    expect(run.state).toEqual({ at: "queued", fresh: true, alone: false, sends: 0, due: NOW + 15_000 });
    expect(effects).toEqual([{ type: "dispatch", epoch: 1, alone: false }]);
  });

  test("pauses to the end", () => {
    expect(transition(retrying(), DUE, NOW - 1)).toEqual({ ignored: "early" });
  });

  test("cannot be claimed", () => {
    expect(transition(retrying(), claimed(1), NOW)).toEqual({ ignored: "stale" });
  });

  test("reads what has settled when it is claimed", () => {
    expect(transition(retrying(), SETTLED, NOW)).toEqual({ ignored: "out of place" });
  });

  test("is canceled", () => {
    expect(taken(transition(retrying(), CANCELED, NOW)).run.state).toEqual({ at: "final", status: "CANCELED" });
  });
});

describe("statusOf", () => {
  test("shows the wire where a run is", () => {
    const retrying = (long: boolean) => executing({ state: { at: "retrying", long, due: NOW } });
    const final = executing({ state: { at: "final", status: "CRASHED" } });
    expect([aRun(), executing(), waiting(), final].map(statusOf)).toEqual([
      "QUEUED",
      "EXECUTING",
      "WAITING",
      "CRASHED",
    ]);
    expect([retrying(false), retrying(true)].map(statusOf)).toEqual(["EXECUTING", "QUEUED"]);
  });
});
