import { describe, expect, test } from "vitest";
import { isRemembered } from "../../worker/core/journal-rules.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";
import { settleFar } from "../../worker/engine/wake-group.ts";
import {
  COMPLETED,
  EngineGroup,
  FAILED,
  suspendedFor,
  TRY_AGAIN,
  waitForBatch,
  waitForRun,
} from "../support/engine-group.ts";

const ATTEMPT_STARTED = 1_000;
const READER = { attempt: 2, attemptStartedAt: ATTEMPT_STARTED };

describe("a run remembers", () => {
  test("what succeeded, however long ago", () => {
    expect(isRemembered({ ok: true, finishedAt: 1, madeIn: 1 }, READER)).toBe(true);
    expect(isRemembered({ ok: true, finishedAt: 2_000, madeIn: 1 }, READER)).toBe(true);
  });

  test("a failure that its own attempt has seen: a replay meets it again", () => {
    expect(isRemembered({ ok: false, finishedAt: ATTEMPT_STARTED + 1, madeIn: 1 }, READER)).toBe(true);
  });

  test("no failure from before the attempt began: it is tried anew", () => {
    expect(isRemembered({ ok: false, finishedAt: ATTEMPT_STARTED - 1, madeIn: 1 }, READER)).toBe(false);
  });

  test("what it has made itself, whatever the clock said", () => {
    expect(isRemembered({ ok: false, finishedAt: ATTEMPT_STARTED - 1, madeIn: 2 }, READER)).toBe(true);
  });

  test("no failure of the turn in which the attempt began: that turn had it before the claim", () => {
    expect(isRemembered({ ok: false, finishedAt: ATTEMPT_STARTED, madeIn: 1 }, READER)).toBe(false);
  });
});

const step = (name: string, order: number, ok = true): NewRecord => ({
  kind: "step",
  key: `step:${name}#0`,
  digest: name,
  order,
  outcome: ok ? { ok, output: { data: name, type: "text/plain" } } : { ok, error: { name: "Error", message: "no" } },
});

describe("the journal", () => {
  test("says in which pass the end of a child is first seen, and in which order", () => {
    const group = new EngineGroup();
    group.admit();
    const [a, b, c] = group.report(
      group.claim(),
      suspendedFor(waitForRun("a"), waitForRun("b"), waitForRun("c")),
    ).claims;
    if (a === undefined || b === undefined || c === undefined) throw new Error("The children were not handed out.");
    group.report(b, COMPLETED, 0);
    group.report(a, COMPLETED, 0);
    const second = group.claim();
    const [first, next] = [group.now - 2, group.now - 1];
    expect(Object.fromEntries(second.journal.map(({ key, seen }) => [key, seen]))).toEqual({
      "run:a#0": { epoch: 2, phase: "before", at: next },
      "run:b#0": { epoch: 2, phase: "before", at: first },
    });
    // While the second pass executes, which has its journal already.
    expect(group.report(c, COMPLETED).claims).toEqual([]);
    const [third] = group.report(second, suspendedFor()).claims;
    expect(third?.journal.find(({ key }) => key === "run:c#0")?.seen).toMatchObject({ epoch: 3, phase: "before" });
    expect(third?.journal.find(({ key }) => key === "run:a#0")?.seen).toMatchObject({ epoch: 2 });
  });

  test("has what a pass has done after what that pass began with, in the order in which it was kept", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    const far = { target: "far", id: "run_far_k", task: "child", payload: { type: "application/json" } } as const;
    const trigger = {
      kind: "trigger",
      sealed: true,
      madeIn: 1,
      key: "trigger:child#0",
      digest: "d",
      order: 3,
      options: { tags: [], maxAttempts: 1 },
    } as const;
    group.record(claim, step("late", 2), step("early", 1), { ...trigger, ...far });
    group.report(claim, TRY_AGAIN, 0);
    expect(Object.fromEntries(group.claim().journal.map(({ key, seen }) => [key, seen]))).toEqual({
      "step:early#0": { epoch: 1, phase: "during", at: 1 },
      "step:late#0": { epoch: 1, phase: "during", at: 2 },
      "trigger:child#0": { epoch: 1, phase: "during", at: 3 },
    });
  });

  test("of a new attempt has what succeeded, and no child or step that failed", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    group.record(claim, step("good", 1), step("bad", 2, false));
    const children = group.report(claim, suspendedFor(waitForRun("good"), waitForRun("bad"))).claims;
    for (const child of children) group.report(child, child.task === "good" ? COMPLETED : FAILED, 0);
    const again = group.claim();
    expect(again.journal.map(({ key }) => key).sort()).toEqual([
      "run:bad#0",
      "run:good#0",
      "step:bad#0",
      "step:good#0",
    ]);
    group.report(again, TRY_AGAIN, 0);
    const { attempt, journal } = group.claim();
    expect(attempt).toBe(2);
    expect(journal.map(({ key }) => key).sort()).toEqual(["run:good#0", "step:good#0"]);
  });

  test("of a new attempt has no child in another group that failed", () => {
    const group = new EngineGroup();
    const n = ["k", ...Array.from({ length: 40 }, () => "a")].join(".");
    group.admit({ n });
    group.report(group.claim(n), suspendedFor(waitForRun("child")));
    const [far] = group.last?.owing ?? [];
    group.turn((turn) => settleFar(turn, far ?? "", { ok: false, error: { name: "Error", message: "no luck" } }));
    const claim = group.claim(n);
    expect(claim.journal).toMatchObject([
      { kind: "run", seen: { epoch: 2, phase: "before" }, settled: { outcome: { ok: false } } },
    ]);
    group.report(claim, TRY_AGAIN, 0);
    expect(group.claim(n).journal).toEqual([]);
  });

  test("of a new attempt has no batch that was given up", () => {
    const group = new EngineGroup();
    group.admit();
    group.report(group.claim(), suspendedFor(waitForBatch(["a"], { runCount: 2 })));
    group.wakeAfter(30 * 60_000);
    const claim = group.claim();
    expect(claim.journal).toMatchObject([{ kind: "batch", error: { name: "BatchNotSealedError" } }]);
    group.report(claim, TRY_AGAIN, 0);
    expect(group.claim().journal).toEqual([]);
  });
});
