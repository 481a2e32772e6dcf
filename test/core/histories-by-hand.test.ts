import { describe, expect, test } from "vitest";
import { admitRun } from "../../worker/engine/admit-runs.ts";
import { fillBatch, openBatch, sealBatch } from "../../worker/engine/fill-batch.ts";
import { claimReady } from "../../worker/engine/claim-runs.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";
import { wakeDue } from "../../worker/engine/wake-group.ts";
import { COMPLETED, EngineGroup, suspendedFor, TRY_AGAIN, waitForRun, far } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

/** A path as long as they get: its run waits for runs in groups of their own. */
const DEEP = ["k", ...Array.from({ length: 40 }, () => "a")].join(".");
const PAYLOAD = { type: "application/json" } as const;
const STEP: NewRecord = {
  kind: "step",
  key: "step:s#0",
  digest: "s",
  order: 1,
  outcome: { ok: true, output: { data: "kept", type: "text/plain" } },
};

describe("what a pass does", () => {
  const started = () => {
    const group = new EngineGroup();
    group.admit();
    return { group, claim: group.claim() };
  };
  const far = { target: "far", id: "run_far_k" };
  const trigger: NewRecord = {
    ...{ kind: "trigger", sealed: true, madeIn: 1, key: "trigger:child#0", digest: "d", order: 2, task: "child" },
    ...{ payload: { type: "application/json" }, options: { tags: [], maxAttempts: 1 }, ...far },
  };
  const begun = { kind: "batchTrigger", key: "batchTrigger:#0", digest: "d", order: 3, madeIn: 1, ...far } as const;
  const sentBelow = (group: EngineGroup, n = "k") =>
    [...group.scans.children(n, undefined)].map(({ entry }) => entry.record);

  test("is kept once, though the reply is lost and it is sent again", () => {
    const { group, claim } = started();
    group.record(claim, STEP, trigger);
    const other = { ok: true, output: { data: "other", type: "text/plain" } } as const;
    expect(group.record(claim, { ...STEP, outcome: other }, trigger)).toBe(true);
    expect(group.last?.owing.size).toBe(0);
    const [again] = group.report(claim, TRY_AGAIN).claims;
    expect(again?.journal.find(({ kind }) => kind === "step")).toMatchObject({ settled: { output: { data: "kept" } } });
  });

  test("elsewhere is owed to the other group at once, and again later until it is carried out", () => {
    const { group, claim } = started();
    group.record(claim, trigger);
    const [n] = group.last?.owing ?? [];
    expect(n).toBeDefined();
    group.wakeAfter(5_000);
    expect([...(group.last?.owing ?? [])]).toEqual([n]);
    expect(sentBelow(group)).toMatchObject([{ state: "owed", tries: 1, due: group.now + 10_000 }]);
  });

  test("elsewhere knows the run that did it, the root and the depth", () => {
    const { group, claim } = started();
    const [child] = group.report(claim, suspendedFor(waitForRun("child"))).claims;
    if (child === undefined) throw new Error("The child was not handed out.");
    group.record(child, trigger);
    expect(sentBelow(group, child.n)).toMatchObject([{ parentId: child.id, rootId: claim.id, depth: 2 }]);
  });

  test("with a batch elsewhere owes nothing, and has its place from the first time that it is sealed", () => {
    const { group, claim } = started();
    group.record(claim, { ...begun, sealed: false });
    expect(group.last?.owing.size).toBe(0);
    expect(group.scans.soonest(10).map(({ n }) => n)).toEqual(["k"]);
    const [again] = group.report(claim, TRY_AGAIN).claims;
    if (again === undefined) throw new Error("The run was not handed out again.");
    // The second attempt goes on with the batch of the first.
    for (const order of [4, 5]) group.record(again, { ...begun, order, sealed: true });
    expect(sentBelow(group)).toMatchObject([{ sealed: true, madeIn: 1, seen: { epoch: 2, phase: "during", at: 4 } }]);
  });

  test("with a run that it asks for itself owes nothing, and has its place from the first time that it is sealed", () => {
    const { group, claim } = started();
    group.record(claim, { ...trigger, sealed: false });
    expect(group.last?.owing.size).toBe(0);
    expect(sentBelow(group)).toMatchObject([{ sealed: false, state: "done" }]);
    expect(sentBelow(group)[0]).not.toHaveProperty("due");
    for (const order of [4, 5]) group.record(claim, { ...trigger, id: `run_${order}`, order });
    expect(sentBelow(group)).toMatchObject([{ sealed: true, id: "run_4", seen: { at: 4 } }]);
  });

  test.each([
    ["a time", { kind: "time", key: "time:#0", digest: "t", until: 5_000_000 }],
    ["a token", { kind: "token", key: "token:#0", digest: "t", token: "waitpoint_none" }],
  ] as const)("makes one wait for %s, as it was asked for first", (_, wait) => {
    const { group, claim } = started();
    group.report(claim, suspendedFor(wait), 0);
    const first = group.scans.heads("k").next().value;
    group.turn((turn) => turn.apply("k", { type: "settled" }));
    group.now += 1_000;
    const again = "until" in wait ? { ...wait, until: 6_000_000 } : { ...wait, token: "waitpoint_other" };
    group.report(group.claim(), suspendedFor(again), 0);
    expect([...group.scans.heads("k")]).toEqual([first]);
  });

  test.each([
    ["in the group", "k"],
    ["elsewhere", DEEP],
  ])("makes one child %s for a wait that a later pass asks for again", (_, n) => {
    const group = new EngineGroup();
    group.admit({ n });
    group.report(group.claim(n), suspendedFor(waitForRun("child")), 0);
    group.turn((turn) => turn.apply(n, { type: "settled" }));
    group.report(group.claim(n), suspendedFor(waitForRun("child")), 0);
    expect([...group.scans.children(n, undefined)]).toHaveLength(1);
  });
});

describe("a turn", () => {
  test("says which runs others see changed, what has ended, what is open and what is due first", () => {
    const group = new EngineGroup();
    const left = () => ({ changed: [...(group.last?.changed ?? [])], ended: [...(group.last?.ended ?? [])] });
    const due = group.turn((turn) => {
      openBatch(turn, { n: "b", runCount: 1 });
      admitRun(turn, {
        n: "k",
        task: "t",
        payload: PAYLOAD,
        options: { tags: [], maxAttempts: 1 },
        trigger: "trigger",
      });
      openBatch(turn, { n: "c", runCount: 1 });
      turn.write();
      return [turn.earliestDue - turn.now, turn.openDelta];
    });
    expect(due).toEqual([15_000, 3]);
    expect(left()).toEqual({ changed: [["k", false]], ended: [] });
    const claim = group.claim();
    expect(left()).toEqual({ changed: [["k", false]], ended: [] });
    group.turn((turn) => turn.apply("k", { type: "settled" }));
    expect(left()).toEqual({ changed: [], ended: [] });
    group.report(claim, COMPLETED);
    expect(left()).toEqual({ changed: [["k", true]], ended: ["k"] });
    const refused = { index: 0, task: "t", payload: PAYLOAD, options: { tags: [], maxAttempts: 1 }, refusal: "no" };
    const sealed = group.turn((turn) => {
      fillBatch(turn, "b", [refused], "batchTrigger", far);
      const isSealed = sealBatch(turn, "b");
      turn.write();
      return [isSealed, turn.openDelta];
    });
    expect(sealed).toEqual([true, -1]);
    expect(left()).toEqual({ changed: [["b.000000", true]], ended: ["b.000000", "b"] });
  });

  test("hands out as many of the runs that it made ready as are asked for", () => {
    const group = new EngineGroup();
    group.admit();
    const { claims } = group.report(group.claim(), suspendedFor(waitForRun("a"), waitForRun("b")), 1);
    expect(claims).toHaveLength(1);
    expect(group.last?.ready).toHaveLength(1);
  });

  test("wakes each of 501 runs whose time has come", () => {
    const group = new EngineGroup();
    const paths = Array.from({ length: 501 }, (_, i) => `s${i}`);
    for (const n of paths) group.admit({ n });
    group.wakeAfter(60_000);
    expect(paths.filter((n) => group.turn((turn) => turn.run(n)?.state)?.at !== "queued")).toEqual([]);
    expect(group.nextDue()).toBeGreaterThan(group.now);
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
      wakeDue(turn, ["poison", "neighbour"]);
      return claimReady(turn, 50, { call: "c", leaseMs: LEASE_MS });
    });
    expect(taken.map(({ n }) => n)).toEqual(["neighbour"]);
    expect(group.last?.ready).toEqual([{ n: "poison", epoch: 1, alone: true }]);
  });
});
