import { expect, test } from "vitest";
import type { JournalEntry, Outcome, Seen } from "../../sdk/lib/journal.ts";
import { hasFailed, journalBefore } from "../../worker/core/journal-before.ts";

const OK: Outcome = { ok: true, output: { type: "application/json" } };
const NOT: Outcome = { ok: false, error: { name: "Error", message: "no" } };
const seen: Seen = { epoch: 4, phase: "during", at: 9 };
const origin = (key: string) => ({ key, digest: "d", attempt: 2, seen });
const step = (key: string, settled: Outcome = OK): JournalEntry => ({ ...origin(key), kind: "step", settled });
const keysBefore = (entries: readonly JournalEntry[], from: string) =>
  journalBefore(entries, from)?.map(({ key }) => key);

test("what came before is of no attempt, and in the order in which it was seen", () => {
  const before = journalBefore([step("step:a#0"), step("step:b#0"), step("step:c#0")], "step:c#0");
  expect(before).toMatchObject([
    { key: "step:a#0", attempt: 0, seen: { epoch: 0, phase: "during", at: 0 } },
    { key: "step:b#0", attempt: 0, seen: { epoch: 0, phase: "during", at: 1 } },
  ]);
});

test("a place that is not there has nothing before it", () => {
  expect(journalBefore([step("step:a#0")], "step:b#0")).toBeUndefined();
  expect(journalBefore([], "step:b#0")).toBeUndefined();
});

test("from a wait that was never over, all that was seen is kept", () => {
  const waiting: JournalEntry = { key: "run:a#0", digest: "d", attempt: 1, kind: "run" };
  const other: JournalEntry = { key: "run:b#0", digest: "d", attempt: 1, kind: "run" };
  expect(keysBefore([step("step:a#0"), waiting, other], "run:a#0")).toEqual(["step:a#0"]);
});

test("what was not carried out to its end is not kept, nor what a step did inside, nor what hooks did", () => {
  const entries: JournalEntry[] = [
    { ...origin("batchTrigger:#0"), kind: "batchTrigger", id: "batch_1", sealed: false },
    { ...origin("replay:run_1#0"), kind: "trigger", id: "run_2", sealed: false },
    { ...origin("batchTrigger:#1"), kind: "batchTrigger", id: "batch_1", sealed: true },
    step("hook:onStartAttempt@1/step:a#0"),
    step("hook:middleware/step:a#0"),
    { ...origin("trigger:step:last#0/visit#0"), kind: "trigger", id: "run_1", sealed: true },
    { ...origin("trigger:step:first#0/visit#0"), kind: "trigger", id: "run_1", sealed: true },
    step("step:last#0"),
  ];
  expect(keysBefore(entries, "step:last#0")).toEqual([
    "batchTrigger:#1",
    "hook:middleware/step:a#0",
    "trigger:step:first#0/visit#0",
  ]);
});

test("a failure is one of a step, of a child, or of any item of a batch", () => {
  const run = (outcome: Outcome) => ({ id: "run_1", task: "t", outcome });
  expect(hasFailed(step("a", NOT))).toBe(true);
  expect(hasFailed(step("a"))).toBe(false);
  expect(hasFailed({ ...origin("a"), kind: "run", settled: run(NOT) })).toBe(true);
  expect(hasFailed({ ...origin("a"), kind: "run", settled: run(OK) })).toBe(false);
  const batch = { ...origin("a"), kind: "batch", id: "batch_1" } as const;
  expect(hasFailed({ ...batch, settled: [run(OK), run(NOT)] })).toBe(true);
  expect(hasFailed({ ...batch, settled: [run(OK)] })).toBe(false);
  expect(hasFailed({ ...batch, settled: [], error: { name: "Error", message: "no" } })).toBe(true);
  expect(hasFailed({ ...origin("a"), kind: "token", id: "waitpoint_1", settled: NOT })).toBe(true);
  expect(hasFailed({ ...origin("a"), kind: "token", id: "waitpoint_1", settled: OK })).toBe(false);
  expect(hasFailed({ ...origin("a"), kind: "time", settled: true })).toBe(false);
});
