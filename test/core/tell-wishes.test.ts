import { describe, expect, test } from "vitest";
import type { RunOptions } from "../../sdk/lib/journal.ts";
import type { Want } from "../../worker/core/wish.ts";
import { cancelRun } from "../../worker/engine/cancel-run.ts";
import { noWish, owedWish, takeAnswer, takeGrant } from "../../worker/engine/tell-wishes.ts";
import { COMPLETED, EngineGroup, suspendedFor, waitForRun } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

/** A group with a run `k` of a queue with limits. */
function limited(options: Partial<RunOptions> = {}): EngineGroup {
  const group = new EngineGroup();
  group.admit({ options: { tags: [], maxAttempts: 2, queue: "q", isLimited: true, ...options } });
  return group;
}

const owed = (group: EngineGroup) => group.turn((turn) => owedWish(turn, "k"));
const grant = (group: EngineGroup, number: number) => group.turn((turn) => takeGrant(turn, { n: "k", number }));
const hear = (group: EngineGroup, number: number, want: Want, granted: number[] = []) =>
  group.turn((turn) => {
    const told = { n: "k", number, want, key: "", rank: 0 };
    takeAnswer(
      turn,
      [told],
      granted.map((one) => ({ n: "k", number: one })),
    );
  });

describe("what a queue is told", () => {
  test("is the wish, where its run stands in line, and with what key", () => {
    const group = limited({ concurrencyKey: "tenant", priority: 3 });
    const rank = group.now - 3_000;
    expect(owed(group)).toEqual({ queue: "q", wish: { n: "k", number: 1, want: "start", key: "tenant", rank } });
  });

  test("is told in the turn that makes the run, and in each that has it want something else", () => {
    const group = limited();
    const wishing = () => [...(group.last?.wishing ?? [])];
    expect(wishing()).toEqual(["k"]);
    grant(group, 1);
    expect(wishing()).toEqual([]);
    group.report(group.claim(), COMPLETED);
    expect(wishing()).toEqual(["k"]);
  });

  test("ranks a delayed run by the time of its readiness", () => {
    const group = limited({ delay: "10s" });
    const ready = group.now + 10_000;
    expect(owed(group)).toBeUndefined();
    group.wakeAfter(10_000);
    expect(owed(group)?.wish).toMatchObject({ number: 1, want: "start", rank: ready });
  });

  test("is nothing once it has heard, until the run wants something else", () => {
    const group = limited();
    hear(group, 1, "start");
    expect(owed(group)).toBeUndefined();
    grant(group, 1);
    group.report(group.claim(), COMPLETED);
    expect(owed(group)?.wish).toMatchObject({ number: 2, want: "nothing" });
    hear(group, 1, "start");
    expect(owed(group)?.wish).toMatchObject({ number: 2 });
    hear(group, 2, "nothing");
    expect([owed(group), group.scans.countOpen()]).toEqual([undefined, 0]);
  });

  test("is told anew by the alarm as long as it has not heard", () => {
    const group = limited();
    group.wakeAfter(5_000);
    const again = group.now + 10_000;
    expect([owed(group)?.wish.number, group.nextDue()]).toEqual([1, again]);
  });

  test("is nothing of a run that was canceled, until its code has ended", () => {
    const group = limited();
    grant(group, 1);
    const { n, epoch } = group.claim();
    group.turn((turn) => cancelRun(turn, "k"));
    expect([owed(group), group.scans.countOpen()]).toEqual([undefined, 1]);
    group.report({ n, epoch: epoch - 1 }, { type: "canceled" });
    expect(owed(group)).toBeUndefined();
    group.report({ n, epoch }, { type: "canceled" });
    expect(owed(group)?.wish).toMatchObject({ number: 2, want: "nothing" });
  });

  test("is that the slot is free when the lease of a canceled run has ended", () => {
    const group = limited();
    grant(group, 1);
    group.claim();
    group.turn((turn) => cancelRun(turn, "k"));
    group.wakeAfter(LEASE_MS);
    expect(owed(group)?.wish).toMatchObject({ number: 2, want: "nothing" });
  });
});

describe("a slot that a run is told of", () => {
  test("is taken, and known when it is told again", () => {
    const group = limited();
    expect([grant(group, 1), grant(group, 1)]).toEqual([undefined, undefined]);
    group.claim();
    expect([grant(group, 1), owed(group)]).toEqual([undefined, undefined]);
  });

  test("is known of a run that was canceled while it executed", () => {
    const group = limited();
    grant(group, 1);
    group.claim();
    group.turn((turn) => cancelRun(turn, "k"));
    expect(grant(group, 1)).toBeUndefined();
  });

  test.each([false, true])("is answered with the wish that came after it, heard or not (%s)", (isHeard) => {
    const group = limited();
    grant(group, 1);
    group.report(group.claim(), suspendedFor(waitForRun("child")));
    if (isHeard) hear(group, 2, "place");
    expect(grant(group, 1)).toMatchObject({ n: "k", number: 2, want: "place" });
  });

  test("is answered with nothing by a run that is not there, or wants no slots", () => {
    const group = new EngineGroup();
    expect(grant(group, 4)).toEqual(noWish({ n: "k", number: 4 }));
    group.admit();
    expect(grant(group, 4)).toMatchObject({ n: "k", number: 5, want: "nothing" });
  });

  test("comes with the answer that its wish was heard, whichever of them it was given for", () => {
    const group = limited();
    hear(group, 1, "start", [1]);
    expect(group.last?.ready).toMatchObject([{ n: "k" }]);
    expect(owed(group)).toBeUndefined();
  });
});
