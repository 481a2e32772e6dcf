import { describe, expect, test } from "vitest";
import { cancelRun } from "../../worker/engine/cancel-run.ts";
import { COMPLETED, EngineGroup, suspendedFor, waitForBatch, waitForRun } from "../support/engine-group.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";

const TRIGGER = {
  kind: "trigger",
  sealed: true,
  madeIn: 1,
  key: "trigger:child#0",
  digest: "d",
  order: 1,
  task: "child",
  payload: { type: "application/json" },
  options: { tags: [], maxAttempts: 1 },
  target: "far",
  id: "run_far_k",
} as const satisfies NewRecord;

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
    expect(group.admit({ canceled: true })).toMatchObject({ n: "k", isCached: false });
    expect(group.last?.ready).toEqual([]);
    expect(group.turn((turn) => turn.run("k"))).toMatchObject({
      attempt: 0,
      state: { at: "final", status: "CANCELED" },
    });
    // The start that comes after it finds it.
    expect(group.admit()).toMatchObject({ n: "k", isCached: true });
    expect(group.last?.ready).toEqual([]);
  });

  test("passes the cancellation on to what it has started, though it is over itself", () => {
    const group = completedWithChild();
    expect(group.admit({ canceled: true })).toMatchObject({ n: "k", isCached: true });
    expect([...(group.last?.owing ?? [])]).toHaveLength(1);
    expect(group.turn((turn) => turn.run("k")?.state)).toEqual({ at: "final", status: "COMPLETED" });
    const [child] = group.turn((turn) => [...turn.scans.children("k", undefined)]);
    expect(child?.entry).toMatchObject({ kind: "sent", record: { state: "cancel-owed" } });
  });
});

describe("a cancellation", () => {
  test("reaches the children and the batch that a run waits for, with the items of that batch", () => {
    const group = new EngineGroup();
    group.admit();
    group.report(group.claim(), suspendedFor(waitForRun("child"), waitForBatch(["a", "b"])), 1);
    expect(group.turn((turn) => cancelRun(turn, "k"))).toMatchObject({ isNew: true, canceledAt: expect.any(Number) });
    const below = group.turn((turn) => [...turn.scans.children("k", undefined)]);
    expect(below.map(({ entry }) => [entry.kind, "state" in entry.record && entry.record.state])).toEqual(
      expect.arrayContaining([
        ["run", { at: "final", status: "CANCELED" }],
        ["batch", expect.objectContaining({ at: "final", status: "ABORTED" })],
      ]),
    );
    expect(group.scans.countOpen()).toBe(0);
  });

  test("of a run that has not started yet leaves nothing to hand out", () => {
    const group = new EngineGroup();
    group.admit();
    expect(group.admit({ canceled: true })).toMatchObject({ n: "k", isCached: true });
    expect(group.last?.ready).toEqual([]);
    expect(group.turn((turn) => turn.run("k")?.state)).toEqual({ at: "final", status: "CANCELED" });
  });

  test("reaches each of 501 runs that were started elsewhere", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    const keys = Array.from({ length: 501 }, (_, i) => `trigger:child#${i}`);
    group.record(claim, ...keys.map((key) => ({ ...TRIGGER, key })));
    group.turn((turn) => cancelRun(turn, "k"));
    expect(group.last?.owing.size).toBe(501);
  });

  test("that was carried out elsewhere is not owed again", () => {
    const group = completedWithChild();
    group.admit({ canceled: true });
    const [n = ""] = group.last?.owing ?? [];
    group.turn((turn) => {
      const sent = turn.sent(n);
      if (sent === undefined) throw new Error("The child is not on record.");
      const { due: _, ...rest } = sent;
      turn.put({ kind: "sent", record: { ...rest, state: "canceled" } });
    });
    group.admit({ canceled: true });
    expect([...(group.last?.owing ?? [])]).toEqual([]);
  });
});

describe("a run that is over", () => {
  test("is not changed by a cancellation of its own, and keeps what it has started", () => {
    const group = completedWithChild();
    expect(group.turn((turn) => cancelRun(turn, "k"))).toMatchObject({ isNew: false });
    const [child] = group.turn((turn) => [...turn.scans.children("k", undefined)]);
    expect(child?.entry).toMatchObject({ kind: "sent", record: { state: "owed" } });
  });
});
