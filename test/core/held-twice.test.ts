import { describe, expect, test } from "vitest";
import { cancelRun } from "../../worker/engine/cancel-run.ts";
import { readLogs } from "../../worker/engine/read-logs.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";
import { completedWith, EngineGroup, suspendedFor, waitForRun } from "../support/engine-group.ts";
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

  test("stores no log line when the run is canceled under the other", () => {
    const { group, old, current } = heldTwice();
    group.turn((turn) => cancelRun(turn, "k"));
    const logs = [{ at: 1, level: "info", message: "last words" }] as const;
    const lines = () => group.turn((turn) => readLogs(turn, "k", undefined)?.data.length);
    const stopped = ({ n, epoch }: typeof old) =>
      group.reportAll([{ n, epoch, end: { type: "canceled" }, logs, logged: 1 }]);
    stopped(old);
    expect(lines()).toBe(0);
    stopped(current);
    expect(lines()).toBe(1);
  });

  test("does not end it", () => {
    const { group, old, current } = heldTwice();
    expect(group.report(old, completedWith("old")).stale).toEqual(["k"]);
    expect(group.report(current, completedWith("current")).stale).toEqual([]);
    expect(group.turn((turn) => turn.outcome("k"))).toMatchObject({ output: { data: "current" } });
  });
});
