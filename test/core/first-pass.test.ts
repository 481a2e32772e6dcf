import { describe, expect, test } from "vitest";
import type { Claim } from "../../sdk/lib/journal.ts";
import { claimRuns, reloadClaim } from "../../worker/engine/claim-runs.ts";
import { COMPLETED, EngineGroup, suspendedFor, TRY_AGAIN, waitForRun } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

function reload(group: EngineGroup, { n, epoch }: Claim): Claim | undefined {
  return group.turn((turn) => reloadClaim(turn, n, epoch));
}

describe("a claim", () => {
  test("is of a first pass when it begins an attempt, and of a later one when it goes on with it", () => {
    const group = new EngineGroup();
    group.admit();
    const first = group.claim();
    expect(first.isFirstPass).toBe(true);
    expect(reload(group, first)?.isFirstPass).toBe(true);

    const [child] = group.report(first, suspendedFor(waitForRun("child"))).claims;
    expect(child?.isFirstPass).toBe(true);
    const [second] = child === undefined ? [] : group.report(child, COMPLETED).claims;
    expect(second).toMatchObject({ n: "k", attempt: 1, isFirstPass: false });
    expect(second && reload(group, second)?.isFirstPass).toBe(false);

    const [third] = second === undefined ? [] : group.report(second, TRY_AGAIN).claims;
    expect(third).toMatchObject({ n: "k", attempt: 2, isFirstPass: true });
  });

  test("is of a first pass when its attempt follows one that has crashed in a later pass", () => {
    const group = new EngineGroup();
    group.admit();
    const [child] = group.report(group.claim(), suspendedFor(waitForRun("child"))).claims;
    const [resumed] = child === undefined ? [] : group.report(child, COMPLETED).claims;
    expect(resumed?.isFirstPass).toBe(false);
    group.wakeAfter(LEASE_MS + 1);
    expect(group.claim()).toMatchObject({ attempt: 2, isFirstPass: true });
  });

  test("stays what it is when something settles under it", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    group.turn((turn) => turn.apply("k", { type: "settled" }));
    expect(reload(group, claim)?.isFirstPass).toBe(true);
    const [resumed] = group.report(claim, suspendedFor(waitForRun("child"))).claims.filter(({ n }) => n === "k");
    expect(resumed?.isFirstPass).toBe(false);
    group.turn((turn) => turn.apply("k", { type: "settled" }));
    expect(resumed && reload(group, resumed)?.isFirstPass).toBe(false);
  });

  test("that did not fit in the answer says the same when it is read by itself", () => {
    const group = new EngineGroup();
    const large = { data: "x".repeat(8_000_001), type: "text/plain" } as const;
    for (const n of ["s1", "s2"]) group.admit({ n, payload: large });
    const wanted = ["s1", "s2"].map((n) => ({ n, epoch: 0 }));
    const [whole, deferred] = group.turn((turn) => claimRuns(turn, wanted, { call: "c", leaseMs: LEASE_MS }));
    expect(whole).toMatchObject({ n: "s1", isFirstPass: true });
    expect(deferred).toMatchObject({ n: "s2", deferred: true, isFirstPass: true });
    expect(deferred && reload(group, deferred)).toMatchObject({ n: "s2", payload: large, isFirstPass: true });
  });
});
