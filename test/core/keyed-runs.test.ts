import { describe, expect, test } from "vitest";
import { resetKey } from "../../worker/engine/admit-keyed.ts";
import { admitRun } from "../../worker/engine/admit-runs.ts";
import type { Admission } from "../../worker/engine/admission.ts";
import { COMPLETED, EngineGroup, FAILED } from "../support/engine-group.ts";

const KEYED = { tags: [], maxAttempts: 1, idempotencyKey: "order-7" } as const;
const DEBOUNCED = { tags: [], maxAttempts: 1, debounce: { key: "search", delay: "10s" } } as const;
const admission = (request: string, fields: Partial<Admission> = {}): Admission => ({
  n: "k",
  task: "parent",
  payload: { data: request, type: "text/plain" },
  options: KEYED,
  trigger: "trigger",
  request,
  ...fields,
});
const far = (group: string) => ({ waiter: { group, n: "p.x" } });

function started(options: Admission["options"] = KEYED) {
  const group = new EngineGroup();
  const admit = (request: string, fields: Partial<Admission> = {}) =>
    group.turn((turn) => admitRun(turn, admission(request, { options, ...fields })));
  const state = (n: string) => group.turn((turn) => turn.run(n)?.state);
  return { group, admit, state };
}

describe("a key", () => {
  test("is held by one run, also among triggers of one turn, and by the request that made it that is not a cached one", () => {
    const { group, admit } = started();
    const both = group.turn((turn) => ["a", "b"].map((request) => admitRun(turn, admission(request))));
    expect(both).toEqual([
      { n: "k", isCached: false },
      { n: "k", isCached: true },
    ]);
    expect(admit("a")).toEqual({ n: "k", isCached: false });
  });

  test.each([
    [COMPLETED, { n: "k", isCached: true }],
    [FAILED, { n: "k-000000001", isCached: false }],
  ])("is freed by the end of its run only if that failed", (end, expected) => {
    const { group, admit } = started();
    admit("a");
    group.report(group.claim(), end);
    expect(admit("b")).toEqual(expected);
    expect(admit("b")).toEqual(expected);
  });

  test("that is reset is free, once", () => {
    const { group, admit } = started();
    expect(group.turn(resetKey)).toBe(false);
    admit("a");
    expect(group.turn(resetKey)).toBe(true);
    expect(group.turn(resetKey)).toBe(false);
    expect(admit("b")).toEqual({ n: "k-000000001", isCached: false });
  });

  test("is freed by a run that was made to be canceled", () => {
    const { admit, state } = started();
    admit("a", { canceled: true });
    expect(state("k")).toEqual({ at: "final", status: "CANCELED" });
    expect(admit("b")).toEqual({ n: "k-000000001", isCached: false });
  });

  test("has all who wait for its run told of its end, and later ones at once", () => {
    const { group, admit } = started();
    admit("a", far("g1"));
    admit("b", far("g2"));
    expect(
      group.scans
        .waiting("k")
        .map((waiting) => waiting.group)
        .sort(),
    ).toEqual(["g1", "g2"]);
    group.report(group.claim(), COMPLETED);
    expect(group.last?.owing.size).toBe(2);
    admit("c", far("g3"));
    expect(group.last?.owing.size).toBe(1);
  });

  test("keeps its run when one that has found it is canceled, not when the one that has made it is", () => {
    const { group, admit, state } = started();
    admit("a");
    admit("b", { canceled: true, ...far("g2") });
    expect(state("k")).toMatchObject({ at: "queued" });
    expect(group.scans.waiting("k")).toEqual([]);
    admit("a", { canceled: true });
    expect(state("k")).toEqual({ at: "final", status: "CANCELED" });
  });
});

describe("a debounced run", () => {
  test("is pushed by other requests, also of its turn, and not by its own that are sent again", () => {
    const { group, admit, state } = started(DEBOUNCED);
    group.turn((turn) => {
      const made = ["a", "b"].map((request) => admitRun(turn, admission(request, { options: DEBOUNCED })));
      expect(made.map(({ n, isCached }) => [n, isCached])).toEqual([
        ["k", false],
        ["k", true],
      ]);
    });
    group.now += 5_000;
    expect(admit("c")).toEqual({ n: "k", isCached: true });
    const pushed = state("k");
    expect(pushed).toEqual({ at: "delayed", due: group.now - 1 + 10_000 });
    group.now += 1_000;
    expect(admit("a")).toEqual({ n: "k", isCached: false });
    expect(state("k")).toEqual(pushed);
  });

  test("that has started is followed by another", () => {
    const { group, admit } = started(DEBOUNCED);
    admit("a");
    group.wakeAfter(10_001);
    expect(admit("b")).toEqual({ n: "k-000000001", isCached: false });
  });

  test("takes payload and tags of the last trigger only in trailing mode", () => {
    for (const mode of ["leading", "trailing"] as const) {
      const options = { ...DEBOUNCED, debounce: { ...DEBOUNCED.debounce, mode } };
      const { group, admit } = started(options);
      admit("a");
      admit("b", { options: { ...options, tags: ["late"] } });
      const isTrailing = mode === "trailing";
      expect(group.turn((turn) => turn.run("k")?.tags)).toEqual(isTrailing ? ["late"] : []);
      expect(group.turn((turn) => turn.payload("k").data)).toBe(isTrailing ? "b" : "a");
    }
  });

  test("is canceled with what has made it, unless others have pushed it", () => {
    const { admit, state } = started(DEBOUNCED);
    admit("a");
    admit("b");
    admit("a", { canceled: true });
    expect(state("k")).toMatchObject({ at: "delayed" });
    const alone = started(DEBOUNCED);
    alone.admit("a");
    alone.admit("a", { canceled: true });
    expect(alone.state("k")).toEqual({ at: "final", status: "CANCELED" });
  });

  test("has all who wait for it told of its end", () => {
    const { group, admit } = started(DEBOUNCED);
    admit("a", far("g1"));
    admit("b", far("g2"));
    expect(group.scans.waiting("k")).toHaveLength(2);
  });
});
