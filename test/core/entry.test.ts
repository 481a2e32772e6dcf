import { describe, expect, test } from "vitest";
import { dueOf, isOpen, type Entry, type Sent, type Step } from "../../worker/core/entry.ts";
import { HELD } from "../../worker/core/run.ts";
import { aBatch, aRun, executing } from "../support/run-records.ts";

const run = (record: Extract<Entry, { kind: "run" }>["record"]): Entry => ({ kind: "run", record });
const sent = (fields: Partial<Sent>): Entry => ({
  kind: "sent",
  record: { n: "k.a-0", what: "run", state: "owed", tries: 0, ...fields } as Sent,
});
const step: Entry = { kind: "step", record: { n: "k.s-0", ok: true, finishedAt: 7 } as Step };

describe("an entry", () => {
  test("is open and due as its run is", () => {
    const queued = run(aRun());
    const held = run(aRun({ state: { at: "queued", fresh: true, alone: false, sends: 0, due: HELD } }));
    const waiting = run(executing({ state: { at: "waiting" } }));
    const final = run(executing({ state: { at: "final", status: "COMPLETED" } }));
    expect([queued, held, waiting, final].map(isOpen)).toEqual([true, true, true, false]);
    expect([queued, held, waiting, final].map(dueOf)).toEqual([1_015_000, HELD, undefined, undefined]);
  });

  test("is open and due while its final run owes a message to another group", () => {
    const telling = run(executing({ state: { at: "final", status: "FAILED" }, telling: { tries: 0, due: 9 } }));
    expect([isOpen(telling), dueOf(telling)]).toEqual([true, 9]);
  });

  test("is open and due as its batch is", () => {
    const open: Entry = { kind: "batch", record: aBatch() };
    const claimed: Entry = { kind: "batch", record: aBatch({ state: { at: "running", sends: 0 } }) };
    const final: Entry = { kind: "batch", record: aBatch({ state: { at: "final", status: "ABORTED" } }) };
    expect([open, claimed, final].map(isOpen)).toEqual([true, true, false]);
    expect([open, claimed, final].map(dueOf)).toEqual([2_800_000, undefined, undefined]);
  });

  test("is never open or due for a step, and for something sent only while it is owed", () => {
    expect([step, sent({ due: 5 }), sent({ state: "done" })].map(isOpen)).toEqual([false, true, false]);
    expect([step, sent({ due: 5 }), sent({ state: "done" })].map(dueOf)).toEqual([undefined, 5, undefined]);
  });
});
