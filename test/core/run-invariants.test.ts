import { describe, expect, test } from "vitest";
import type { Run } from "../../worker/core/run.ts";
import { transition } from "../../worker/core/run-machine.ts";
import {
  aRun,
  BORN,
  CANCELED,
  claimed,
  completed,
  DUE,
  executing,
  failed,
  LEASE_MS,
  SETTLED,
  suspended,
  taken,
} from "../support/run-records.ts";

const NOW = BORN + 1_000;

const waiting = (fields: Partial<Run> = {}) => executing({ state: { at: "waiting" }, ...fields });
const final = (fields: Partial<Run> = {}) =>
  executing({ state: { at: "final", status: "COMPLETED" }, finishedAt: NOW, ...fields });

describe("a final run", () => {
  const events = [
    claimed(1),
    completed(1),
    failed(1, 5),
    suspended(1),
    SETTLED,
    DUE,
    CANCELED,
    { type: "told" },
  ] as const;

  test.each(["COMPLETED", "FAILED", "CRASHED", "CANCELED"] as const)(
    "never changes again once it is %s (1)",
    (status) => {
      const run = final({ state: { at: "final", status } });
      for (const event of [...events, { type: "renewed", due: NOW * 2 } as const]) {
        expect(transition(run, event, NOW * 2)).toEqual({ ignored: "final" });
      }
    },
  );
});

describe("a waiter", () => {
  const near = { n: "p" };
  const far = { group: "another", n: "p.x" };

  test.each([
    ["completes", completed(1)],
    ["fails", failed(1)],
    ["is canceled", CANCELED],
    ["crashes", DUE],
  ] as const)("is told once when the run %s, in the transition that ends it (2)", (_, event) => {
    const run = executing({ attempt: 3, waiter: near });
    const ended = taken(transition(run, event, BORN + 10 + LEASE_MS));
    expect(ended.effects.filter((effect) => effect.type === "settle")).toEqual([{ type: "settle", waiter: near }]);
    expect(ended.run.telling).toBeUndefined();
    expect(transition(ended.run, event, BORN + 10 + LEASE_MS)).toEqual({ ignored: "final" });
  });

  test("is not told by a pause, a suspension or a resumption (2)", () => {
    const run = executing({ waiter: near });
    for (const event of [failed(1, 1_000), failed(1, 0), suspended(1), SETTLED, DUE]) {
      const { effects } = taken(transition(run, event, BORN + 10 + LEASE_MS));
      expect(effects.filter((effect) => effect.type === "settle")).toEqual([]);
    }
  });

  test("in another group is owed the message until it was carried out (2)", () => {
    const ended = taken(transition(executing({ waiter: far }), completed(1), NOW));
    expect(ended.effects).toContainEqual({ type: "settle", waiter: far });
    expect(ended.run.telling).toEqual({ tries: 0, due: NOW + 5_000 });
    expect(transition(ended.run, DUE, NOW + 4_999)).toEqual({ ignored: "early" });
    const again = taken(transition(ended.run, DUE, NOW + 5_000));
    expect(again.effects).toEqual([{ type: "settle", waiter: far }]);
    expect(again.run.telling).toEqual({ tries: 1, due: NOW + 5_000 + 10_000 });
    expect(again.run.state).toEqual(ended.run.state);
    const told = taken(transition(again.run, { type: "told" }, NOW + 6_000));
    expect(told).toEqual({ run: { ...again.run, telling: undefined }, effects: [] });
    expect("telling" in told.run).toBe(false);
    expect(transition(told.run, { type: "told" }, NOW)).toEqual({ ignored: "final" });
  });

  test("is not told of a run that goes on", () => {
    expect(transition(executing({ waiter: far }), { type: "told" }, NOW)).toEqual({ ignored: "out of place" });
  });

  test("that is owed a message does not make the run change (1)", () => {
    const { run } = taken(transition(executing({ waiter: far }), completed(1), NOW));
    for (const event of [claimed(1), completed(1), failed(1, 5), suspended(1), SETTLED, CANCELED]) {
      expect(transition(run, event, NOW * 2)).toEqual({ ignored: "final" });
    }
  });
});

describe("an epoch", () => {
  test("is claimed once (6)", () => {
    const { run } = taken(transition(aRun(), claimed(0), NOW));
    expect(transition(run, claimed(0, "another call"), NOW)).toEqual({ ignored: "stale" });
    expect(transition(run, claimed(1), NOW)).toEqual({ ignored: "stale" });
  });

  test("is given again to the call that has claimed it, with nothing changed but the lease (6)", () => {
    const { run } = taken(transition(aRun(), claimed(0), NOW));
    const again = taken(transition(run, claimed(0), NOW + 20_000));
    expect(again).toEqual({ run: { ...run, state: { ...run.state, due: NOW + 20_000 + LEASE_MS } }, effects: [] });
    expect(taken(transition(run, claimed(0), NOW - 1)).run).toEqual(run);
  });

  test("is not given again once its run was taken away (3, 6)", () => {
    const { run } = taken(transition(aRun(), claimed(0), NOW));
    const lost = taken(transition(run, DUE, NOW + LEASE_MS)).run;
    expect(transition(lost, claimed(0), NOW + LEASE_MS)).toEqual({ ignored: "stale" });
    const { run: other } = taken(transition(lost, claimed(1, "another call"), NOW + LEASE_MS));
    expect(transition(other, claimed(0), NOW + LEASE_MS)).toEqual({ ignored: "stale" });
  });

  test("that is not the run's counts for no claim (3)", () => {
    expect(transition(aRun({ epoch: 4 }), claimed(3), NOW)).toEqual({ ignored: "stale" });
    expect(transition(aRun({ epoch: 4 }), claimed(5), NOW)).toEqual({ ignored: "stale" });
  });

  test.each([completed, failed, suspended])("that is not the run's counts for no report (3)", (report) => {
    const run = executing({ epoch: 4 });
    expect(transition(run, report(3), NOW)).toEqual({ ignored: "stale" });
    expect(transition(run, report(5), NOW)).toEqual({ ignored: "stale" });
  });

  test.each([completed, failed, suspended])("counts for no report once its run was taken away (3)", (report) => {
    const { run } = taken(transition(executing(), DUE, BORN + 10 + LEASE_MS));
    expect(transition(run, report(1), NOW)).toEqual({ ignored: "stale" });
    expect(transition(waiting(), report(1), NOW)).toEqual({ ignored: "stale" });
  });
});

describe("updatedAt", () => {
  test("grows with every change that others can see, even when the clock stands still", () => {
    const first = aRun({ updatedAt: NOW + 5 });
    const second = taken(transition(first, claimed(0), NOW)).run;
    const third = taken(transition(second, suspended(1), NOW)).run;
    const fourth = taken(transition(third, CANCELED, NOW + 100)).run;
    expect([second.updatedAt, third.updatedAt, fourth.updatedAt]).toEqual([NOW + 6, NOW + 7, NOW + 100]);
  });
});

describe("a run that becomes ready", () => {
  test("owes a dispatch with the run's epoch, and is due in case it is lost (4)", () => {
    const { run, effects } = taken(transition(waiting({ epoch: 7 }), SETTLED, NOW));
    expect(run.state).toEqual({ at: "queued", fresh: false, alone: false, sends: 0, due: NOW + 15_000 });
    expect(effects).toEqual([{ type: "dispatch", epoch: 7, alone: false }]);
  });
});
