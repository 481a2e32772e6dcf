import { describe, expect, test } from "vitest";
import { cancelRun } from "../../worker/engine/admit-runs.ts";
import { COMPLETED, EngineGroup } from "../support/engine-group.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";

const TRIGGER: NewRecord = {
  kind: "trigger",
  key: "trigger:child#0",
  digest: "d",
  order: 1,
  task: "child",
  payload: { type: "application/json" },
  options: { tags: [], maxAttempts: 1 },
  target: "far",
  id: "run_far_k",
};

/** A run that has started another one elsewhere and is over. */
function completedWithChild(): EngineGroup {
  const group = new EngineGroup();
  group.admit();
  const claim = group.claim();
  group.record(claim, TRIGGER);
  group.report(claim, COMPLETED);
  return group;
}

describe("a run in another group that is canceled with its parent", () => {
  test("is born canceled when the cancellation is there before it", () => {
    const group = new EngineGroup();
    expect(group.admit({ canceled: true })).toEqual({ isCached: false });
    expect(group.last?.ready).toEqual([]);
    expect(group.turn((turn) => turn.run("k"))).toMatchObject({
      attempt: 0,
      state: { at: "final", status: "CANCELED" },
    });
    // The start that comes after it finds it.
    expect(group.admit()).toEqual({ isCached: true });
    expect(group.last?.ready).toEqual([]);
  });

  test("passes the cancellation on to what it has started, though it is over itself", () => {
    const group = completedWithChild();
    expect(group.admit({ canceled: true })).toEqual({ isCached: true });
    expect([...(group.last?.owing ?? [])]).toHaveLength(1);
    expect(group.turn((turn) => turn.run("k")?.state)).toEqual({ at: "final", status: "COMPLETED" });
    const [child] = group.turn((turn) => [...turn.scans.children("k", undefined)]);
    expect(child?.entry).toMatchObject({ kind: "sent", record: { state: "cancel-owed" } });
  });
});

describe("a run that is over", () => {
  test("is not changed by a cancellation of its own, and keeps what it has started", () => {
    const group = completedWithChild();
    expect(group.turn((turn) => cancelRun(turn, "k"))).toBe(true);
    const [child] = group.turn((turn) => [...turn.scans.children("k", undefined)]);
    expect(child?.entry).toMatchObject({ kind: "sent", record: { state: "owed" } });
  });
});
