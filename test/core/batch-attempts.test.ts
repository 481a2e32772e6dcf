import { describe, expect, test } from "vitest";
import type { JournalEntry } from "../../sdk/lib/journal.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";
import { describeBatch } from "../../worker/engine/describe-run.ts";
import {
  COMPLETED,
  completedWith,
  EngineGroup,
  FAILED,
  items,
  suspendedFor,
  TRY_AGAIN,
  waitForBatch,
} from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

type BatchEntry = JournalEntry & { kind: "batch" };

/** What the newest batch in a journal has come to: the outputs of its items, or the names of their errors. */
function outcomes(journal: readonly JournalEntry[]): (string | undefined)[] | undefined {
  const batches = journal.filter((entry): entry is BatchEntry => entry.kind === "batch");
  return batches.at(-1)?.settled?.map(({ outcome }) => (outcome.ok ? outcome.output.data : outcome.error.name));
}

/** A run whose first attempt waited for a batch: the items named in `fails` failed, then the attempt did. */
function afterFirstAttempt(payloads: readonly string[], fails: readonly string[]): EngineGroup {
  const group = new EngineGroup();
  group.admit();
  const children = group.report(group.claim(), suspendedFor(waitForBatch(payloads))).claims;
  const parent = group.reportAll(
    children.map(({ n, epoch, payload }) => {
      const end = fails.includes(payload.data ?? "") ? FAILED : completedWith(`first ${payload.data}`);
      return { n, epoch, end, logs: [], logged: 0 };
    }),
  ).claims;
  for (const claim of parent) group.report(claim, TRY_AGAIN, 0);
  return group;
}

describe("the batch of a second attempt", () => {
  test("runs only what the first has not completed", () => {
    const group = afterFirstAttempt(["a", "b", "c"], ["b"]);
    const claim = group.claim();
    expect(claim).toMatchObject({ attempt: 2, journal: [] });
    const again = group.report(claim, suspendedFor(waitForBatch(["a", "b", "c"]))).claims;
    expect(again.map(({ payload }) => payload.data)).toEqual(["b"]);
    const [parent] = again.flatMap((child) => group.report(child, completedWith("second b")).claims);
    expect(outcomes(parent?.journal ?? [])).toEqual(["first a", "second b", "first c"]);
  });

  test("is final at once when the first has completed all that it asks for", () => {
    const group = afterFirstAttempt(["a", "b", "c"], ["c"]);
    const [parent] = group.report(group.claim(), suspendedFor(waitForBatch(["a", "b"], { digest: "shorter" }))).claims;
    expect(outcomes(parent?.journal ?? [])).toEqual(["first a", "first b"]);
    const id = parent?.journal.find((entry) => entry.attempt === 2);
    const batch = group.turn((turn) => {
      const found = turn.batch((id as BatchEntry).id.split("_").at(-1) ?? "");
      return found && describeBatch(turn, found);
    });
    expect(batch).toMatchObject({ status: "COMPLETED", runCount: 2 });
    expect(batch?.runs).toHaveLength(2);
  });

  test("runs an item again whose payload or task is another now", () => {
    const group = afterFirstAttempt(["a", "b", "c"], ["c"]);
    const again = group.report(group.claim(), suspendedFor(waitForBatch(["a", "x", "c"], { digest: "other" }))).claims;
    expect(again.map(({ payload }) => payload.data)).toEqual(["x", "c"]);
  });

  test("runs an item again whose task or type of payload is another now", () => {
    const group = afterFirstAttempt(["a", "b", "c"], ["c"]);
    const [a, b, c] = items(["a", "b", "c"]);
    if (a === undefined || b === undefined || c === undefined) throw new Error("There are three.");
    const given = [{ ...a, task: "other" }, { ...b, payload: { data: "b", type: "application/json" as const } }, c];
    const wait = { kind: "batch", key: "batch:#0", digest: "other", runCount: 3, items: given } as const;
    const again = group.report(group.claim(), suspendedFor(wait)).claims;
    expect(again.map(({ payload }) => payload.data)).toEqual(["a", "b", "c"]);
  });

  test("has an attempt after it that runs only what neither has completed", () => {
    const group = afterFirstAttempt(["a", "b", "c"], ["b", "c"]);
    const second = group.report(group.claim(), suspendedFor(waitForBatch(["a", "b", "c"]))).claims;
    for (const child of second) {
      group.report(child, child.payload.data === "b" ? completedWith("second b") : FAILED, 0);
    }
    group.report(group.claim(), TRY_AGAIN, 0);
    const third = group.report(group.claim(), suspendedFor(waitForBatch(["a", "b", "c"]))).claims;
    expect(third.map(({ payload }) => payload.data)).toEqual(["c"]);
    const [parent] = third.flatMap((child) => group.report(child, completedWith("third c")).claims);
    expect(outcomes(parent?.journal ?? [])).toEqual(["first a", "second b", "third c"]);
  });

  test("counts an item once that is sent twice, though the first attempt had completed it", () => {
    const group = afterFirstAttempt(["a", "b", "c", "d"], ["c", "d"]);
    const claim = group.claim();
    const ahead: NewRecord = { kind: "items", key: "batch:#0", digest: "d", runCount: 4, items: items(["a", "b"]) };
    expect(group.record(claim, ahead)).toBe(true);
    // Carried out, but the reply was lost.
    expect(group.record(claim, ahead)).toBe(true);
    expect(group.record(claim, { ...ahead, items: items(["c", "d"], 2) })).toBe(true);
    const again = group.report(claim, suspendedFor(waitForBatch([], { runCount: 4 }))).claims;
    expect(again.map(({ payload }) => payload.data)).toEqual(["c", "d"]);
    const parent = again.flatMap((child) => group.report(child, COMPLETED).claims);
    expect(outcomes(parent[0]?.journal ?? [])).toEqual(["first a", "first b", "x", "x"]);
  });
});

describe("a batch that a run waits for", () => {
  const ahead = (fields: Partial<NewRecord & { kind: "items" }>): NewRecord => ({
    ...{ kind: "items", key: "batch:#0", digest: "d", runCount: 2, items: items(["a"]) },
    ...fields,
  });

  test("has nothing handed out before the seal, and all of it then", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    group.record(claim, ahead({ items: items(["a", "b"]) }));
    expect(group.last?.ready).toEqual([]);
    const { claims } = group.report(claim, suspendedFor(waitForBatch([], { runCount: 2 })), 1);
    expect(claims).toMatchObject([{ payload: { data: "a" }, batchId: expect.stringMatching(/^batch_/) }]);
    expect(group.last?.ready).toHaveLength(1);
    // The dispatch of the other one is lost.
    group.wakeAfter(15_000);
    expect(group.last?.ready).toHaveLength(1);
  });

  test("refuses an item beyond its count, and counts one that comes twice in a message once", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    expect(() => group.record(claim, ahead({ items: items(["c"], 2) }))).toThrow("out of range");
    group.record(claim, ahead({ items: [...items(["a"]), ...items(["again"])] }));
    group.record(claim, ahead({ items: items(["b"], 1) }));
    const { claims } = group.report(claim, suspendedFor(waitForBatch([], { runCount: 2 })));
    expect(claims.map(({ payload }) => payload.data)).toEqual(["a", "b"]);
  });

  test.each([
    [["a", "b"], "PARTIAL_FAILED", ["BatchItemRefusedError", "x"]],
    [["a"], "ABORTED", ["BatchItemRefusedError"]],
  ])("with a refused item in %j ends as %s when the others have", (payloads, status, outcome) => {
    const group = new EngineGroup();
    group.admit();
    const given = items(payloads).map((item) => (item.index === 0 ? { ...item, refusal: "no such task" } : item));
    const wait = { kind: "batch", key: "batch:#0", digest: "d", runCount: given.length, items: given } as const;
    const { claims } = group.report(group.claim(), suspendedFor(wait));
    const parent = claims.flatMap((claim) => (claim.n === "k" ? [claim] : group.report(claim, COMPLETED).claims))[0];
    expect(outcomes(parent?.journal ?? [])).toEqual(outcome);
    const [row] = group.scans.children("k", undefined);
    expect(row?.entry.record).toMatchObject({ state: { at: "final", status } });
  });
});

describe("a batch whose pass stopped before the seal", () => {
  test("is asked for anew by the next attempt", () => {
    const group = new EngineGroup();
    group.admit();
    group.record(group.claim(), { kind: "items", key: "batch:#0", digest: "d", runCount: 4, items: items(["a", "b"]) });
    group.wakeAfter(LEASE_MS);
    const claim = group.claim();
    expect(claim).toMatchObject({ attempt: 2, journal: [] });
    const children = group.report(claim, suspendedFor(waitForBatch(["a", "b", "c", "d"]))).claims;
    expect(children).toHaveLength(4);
    const [parent] = children.flatMap((child) => group.report(child, COMPLETED).claims);
    expect(outcomes(parent?.journal ?? [])).toEqual(["x", "x", "x", "x"]);
  });

  test("is given up after 30 minutes, and does not disturb the later one", () => {
    const group = new EngineGroup();
    group.admit();
    group.record(group.claim(), { kind: "items", key: "batch:#0", digest: "d", runCount: 4, items: items(["a"]) });
    group.wakeAfter(LEASE_MS);
    group.report(group.claim(), suspendedFor(waitForBatch(["a", "b"], { digest: "other" })), 0);
    group.wakeAfter(30 * 60_000);
    const claim = group.claim();
    expect(claim.attempt).toBe(2);
    expect(outcomes(claim.journal)).toBeUndefined();
  });
});
