import { describe, expect, test } from "vitest";
import { claimReady } from "../../worker/engine/claim-runs.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";
import { readLogs } from "../../worker/engine/read-logs.ts";
import { settleFar, wakeDue } from "../../worker/engine/wake-group.ts";
import { COMPLETED, completedWith, EngineGroup, suspendedFor, waitForRun } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

const STEP: NewRecord = {
  kind: "step",
  key: "step:s#0",
  digest: "s",
  order: 1,
  outcome: { ok: true, output: { data: "kept", type: "text/plain" } },
};

/** A run that two consumers believe to hold: the first one's lease has run out, the second one has it now. */
function heldTwice() {
  const group = new EngineGroup();
  group.admit();
  const old = group.claim();
  group.wakeAfter(LEASE_MS + 1);
  return { group, old, current: group.claim() };
}

describe("a pass whose run another consumer has", () => {
  test("has nothing kept of what it does", () => {
    const { group, old, current } = heldTwice();
    expect(group.record(old, STEP)).toBe(false);
    expect([...group.scans.children("k", undefined)]).toEqual([]);
    expect(group.record(current, STEP)).toBe(true);
  });

  test("makes no child and stores no log line by its report", () => {
    const { group, old, current } = heldTwice();
    const { n, epoch } = old;
    const logs = [{ at: 1, level: "info", message: "from the past" }] as const;
    const end = suspendedFor(waitForRun("child"));
    expect(group.reportAll([{ n, epoch, end, logs, logged: 1 }])).toEqual({ claims: [], stale: ["k"] });
    expect(group.turn((turn) => readLogs(turn, "k", undefined)?.data)).toEqual([]);
    expect(group.turn((turn) => turn.run("k"))).toMatchObject({ epoch: current.epoch, state: { at: "executing" } });
  });

  test("does not end it", () => {
    const { group, old, current } = heldTwice();
    expect(group.report(old, completedWith("old")).stale).toEqual(["k"]);
    expect(group.report(current, completedWith("current")).stale).toEqual([]);
    expect(group.turn((turn) => turn.outcome("k"))).toMatchObject({ output: { data: "current" } });
  });
});

describe("a lease that is renewed in memory", () => {
  test("keeps the run with its consumer when the alarm comes, until the renewal is over too", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    const until = group.now + 2 * LEASE_MS;
    const wakeAt = (now: number): void => {
      group.now = now;
      group.turn((turn) => wakeDue(turn, () => until));
    };
    wakeAt(until - LEASE_MS + 1);
    expect(group.turn((turn) => turn.run("k")?.state)).toMatchObject({ at: "executing", due: until });
    wakeAt(until + 1);
    expect(group.last?.ready).toEqual([{ n: "k", epoch: claim.epoch, alone: true }]);
  });
});

describe("a run that a crash has set apart", () => {
  test("is not handed out along with what a report has made ready", () => {
    const group = new EngineGroup();
    group.admit({ n: "poison" });
    group.claim("poison");
    group.wakeAfter(LEASE_MS + 1);
    group.admit({ n: "neighbour" });
    group.now += 20_000;
    // The alarm sends both dispatches again in the turn of a report.
    const taken = group.turn((turn) => {
      wakeDue(turn, () => undefined);
      return claimReady(turn, 50, LEASE_MS);
    });
    expect(taken.map(({ n }) => n)).toEqual(["neighbour"]);
    expect(group.last?.ready).toEqual([{ n: "poison", epoch: 1, alone: true }]);
  });
});

describe("the end of a child in another group", () => {
  test("is taken once: told again, it changes nothing", () => {
    const group = new EngineGroup();
    const n = ["k", ...Array.from({ length: 40 }, () => "a")].join(".");
    group.admit({ n });
    group.report(group.claim(n), suspendedFor(waitForRun("child")));
    const [far] = group.last?.owing ?? [];
    if (far === undefined) throw new Error("No child is owed to another group.");
    const tell = (data: string): void =>
      group.turn((turn) => settleFar(turn, far, { ok: true, output: { data, type: "text/plain" } }));
    tell("first");
    expect(group.last?.ready).toMatchObject([{ n, epoch: 1 }]);
    tell("second");
    expect(group.last?.ready).toEqual([]);
    const { journal } = group.claim(n);
    expect(journal).toMatchObject([{ kind: "run", settled: { outcome: { output: { data: "first" } } } }]);
    expect(group.report({ n, epoch: 2 }, COMPLETED).stale).toEqual([]);
  });
});
