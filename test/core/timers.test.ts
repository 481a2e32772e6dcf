import { describe, expect, test } from "vitest";
import type { NewWait } from "../../sdk/lib/journal.ts";
import { cancelRun } from "../../worker/engine/cancel-run.ts";
import { COMPLETED, EngineGroup, suspendedFor, TRY_AGAIN, waitForRun } from "../support/engine-group.ts";

const HOUR = 3_600_000;

/** A run that waits for an hour, and for what else is given. */
function waiting(...others: NewWait[]) {
  const group = new EngineGroup();
  group.admit();
  const claim = group.claim();
  const until = group.now + HOUR;
  const timer: NewWait = { kind: "time", key: "time:#0", digest: "time", until };
  const { claims } = group.report(claim, suspendedFor(timer, ...others));
  return { group, until, claims };
}

const stateOf = (group: EngineGroup) => group.turn((turn) => turn.run("k")?.state.at);

describe("a run that waits for a time", () => {
  test("is resumed when it has come, in the same attempt, and knows it", () => {
    const { group, until } = waiting();
    group.wakeAfter(until - group.now - 10);
    expect(stateOf(group)).toBe("waiting");
    group.wakeAfter(10);
    const claim = group.claim();
    expect(claim.attempt).toBe(1);
    expect(claim.journal).toMatchObject([{ kind: "time", key: "time:#0", settled: true }]);
  });

  test("does not wait again for a time that has come when it is tried again", () => {
    const { group } = waiting();
    group.wakeAfter(HOUR);
    group.report(group.claim(), TRY_AGAIN, 0);
    expect(group.claim()).toMatchObject({ attempt: 2, journal: [{ kind: "time", settled: true }] });
  });

  test("leaves no timer behind when it ends before the time", () => {
    const { group, claims } = waiting(waitForRun("child"));
    const [child] = claims;
    if (child === undefined) throw new Error("The child was not handed out.");
    const [parent] = group.report(child, COMPLETED).claims;
    if (parent === undefined) throw new Error("The parent was not handed out.");
    expect(parent.journal).toContainEqual(expect.objectContaining({ kind: "time", settled: false }));
    group.report(parent, COMPLETED);
    expect(group.turn((turn) => turn.outcome("k"))).toMatchObject({ ok: true });
    expect([group.scans.countOpen(), group.nextDue()]).toEqual([0, undefined]);
  });

  test("leaves no timer behind when it is canceled", () => {
    const { group } = waiting();
    group.turn((turn) => cancelRun(turn, "k"));
    expect([group.scans.countOpen(), group.nextDue()]).toEqual([0, undefined]);
  });
});

describe("items with clocks of their own", () => {
  const options = [{ maxAttempts: 1 }, { maxAttempts: 1, ttl: 10 }, { maxAttempts: 1, delay: "1h" }];

  test("start with their batch: one expires, one is delayed, one is ready", () => {
    const group = new EngineGroup();
    group.admit();
    const payload = { type: "application/json" } as const;
    const items = options.map((own, index) => ({ index, task: "child", payload, options: own }));
    group.report(group.claim(), suspendedFor({ kind: "batch", key: "batch:#0", digest: "d", runCount: 3, items }), 0);
    const [batch] = [...group.scans.children("k", undefined)].map(({ seg }) => seg);
    const statuses = () => group.turn((turn) => [0, 1, 2].map((index) => turn.run(`k.${batch}.00000${index}`)?.state));
    expect(statuses()).toMatchObject([{ at: "queued" }, { at: "queued" }, { at: "delayed" }]);
    group.wakeAfter(10_000);
    expect(statuses()).toMatchObject([{ at: "queued" }, { at: "final", status: "EXPIRED" }, { at: "delayed" }]);
    group.wakeAfter(HOUR);
    expect(statuses()).toMatchObject([{ at: "queued" }, { at: "final" }, { at: "queued" }]);
  });
});
