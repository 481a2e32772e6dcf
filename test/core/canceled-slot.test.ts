import { describe, expect, test } from "vitest";
import { cancelRun } from "../../worker/engine/cancel-run.ts";
import type { PassReport } from "../../worker/engine/report-passes.ts";
import { takeAnswer } from "../../worker/engine/tell-wishes.ts";
import { COMPLETED, EngineGroup, FAILED, suspendedFor, TRY_AGAIN, waitForRun } from "../support/engine-group.ts";

const CANCELED: PassReport["end"] = { type: "canceled" };

const OVERRAN: PassReport["end"] = {
  type: "overran",
  error: { name: "MaxDurationExceededError", message: "too long" },
};

/** A run that executed when it came to its end, with its slot, and the claim that its consumer still works on. */
function stopped(status: "CANCELED" | "TIMED_OUT") {
  const group = new EngineGroup();
  group.admit({ options: { tags: [], maxAttempts: 3, queue: "narrow", isLimited: true } });
  group.turn((turn) => takeAnswer(turn, [], [{ n: "k", number: 1 }]));
  const claim = group.claim();
  if (status === "CANCELED") group.turn((turn) => cancelRun(turn, "k"));
  else group.report(claim, OVERRAN);
  return { group, claim, want: () => group.turn((turn) => turn.run("k")?.wish?.want) };
}

// Invariant 9 of the run machine.
describe.each(["CANCELED", "TIMED_OUT"] as const)("the slot of a run that is %s while it executes", (status) => {
  test.each([
    ["was told to stop", CANCELED],
    ["completed before it was told", COMPLETED],
    ["failed before it was told", FAILED],
    ["failed, to be tried again", TRY_AGAIN],
    ["came to a wait", suspendedFor(waitForRun("child"))],
  ] as const)("goes back when its code %s", (_, end) => {
    const { group, claim, want } = stopped(status);
    expect(want()).toBe("start");
    group.report(claim, end);
    expect(want()).toBe("nothing");
    expect(group.turn((turn) => turn.run("k")?.state)).toEqual({ at: "final", status });
  });

  test("stays when an earlier claim reports", () => {
    const { group, claim, want } = stopped(status);
    group.report({ ...claim, epoch: claim.epoch - 1 }, COMPLETED);
    expect(want()).toBe("start");
  });
});
