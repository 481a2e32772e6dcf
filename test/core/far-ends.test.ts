import { describe, expect, test } from "vitest";
import { cancelRun } from "../../worker/engine/cancel-run.ts";
import { settleFar } from "../../worker/engine/wake-group.ts";
import { COMPLETED, EngineGroup, suspendedFor, waitForRun } from "../support/engine-group.ts";

/** A path as long as they get: its run waits for runs in groups of their own. */
const DEEP = ["k", ...Array.from({ length: 40 }, () => "a")].join(".");
const PAYLOAD = { type: "application/json" } as const;

describe("the end of a run whose waiter is in another group", () => {
  test("is owed to that group at once, and again later until it was told", () => {
    const group = new EngineGroup();
    group.admit({ waiter: { group: "far", n: "p.x" } });
    group.report(group.claim(), COMPLETED);
    expect([...(group.last?.owing ?? [])]).toEqual(["k"]);
    group.wakeAfter(5_000);
    expect([...(group.last?.owing ?? [])]).toEqual(["k"]);
    group.turn((turn) => turn.apply("k", { type: "told" }));
    group.wakeAfter(60_000);
    expect([...(group.last?.owing ?? [])]).toEqual([]);
    expect(group.scans.countOpen()).toBe(0);
  });
});

describe("the end of a child in another group", () => {
  test("is taken once: told again, it changes nothing", () => {
    const group = new EngineGroup();
    const n = DEEP;
    group.admit({ n });
    group.report(group.claim(n), suspendedFor(waitForRun("child")));
    const [far] = group.last?.owing ?? [];
    if (far === undefined) throw new Error("No child is owed to another group.");
    const tell = (data: string): void =>
      group.turn((turn) => settleFar(turn, far, { ok: true, output: { data, type: "text/plain" } }));
    tell("first");
    expect(group.last?.ready).toMatchObject([{ n, epoch: 1 }]);
    tell("second");
    expect(group.last?.ready).toEqual([]);
    const { journal } = group.claim(n);
    expect(journal).toMatchObject([{ kind: "run", settled: { outcome: { output: { data: "first" } } } }]);
    expect(group.report({ n, epoch: 2 }, COMPLETED).stale).toEqual([]);
  });

  test.each([
    ["owed", { state: "done", due: undefined }],
    ["cancel-owed", { state: "cancel-owed", due: expect.any(Number) }],
  ] as const)("settles what is %s to its group, and leaves a cancellation owed", (state, after) => {
    const group = new EngineGroup();
    const n = DEEP;
    group.admit({ n });
    group.report(group.claim(n), suspendedFor(waitForRun("child")));
    const [far = ""] = group.last?.owing ?? [];
    if (state === "cancel-owed") group.turn((turn) => cancelRun(turn, n));
    group.turn((turn) => settleFar(turn, far, { ok: true, output: { type: "application/json" } }));
    const sent = group.turn((turn) => turn.sent(far));
    expect({ state: sent?.state, due: sent?.due }).toEqual(after);
    expect(sent?.settled).toMatchObject({ ok: true });
  });

  test("is no news to a run that does not wait for it", () => {
    const group = new EngineGroup();
    group.admit();
    const far = {
      target: "far",
      id: "run_far_k",
      task: "child",
      payload: PAYLOAD,
      options: { tags: [], maxAttempts: 1 },
    };
    group.record(group.claim(), {
      kind: "trigger",
      sealed: true,
      madeIn: 1,
      key: "trigger:child#0",
      digest: "d",
      order: 1,
      ...far,
    });
    const [n = ""] = group.last?.owing ?? [];
    group.turn((turn) => settleFar(turn, n, { ok: true, output: PAYLOAD }));
    expect(group.turn((turn) => turn.sent(n))).toMatchObject({ state: "owed", due: expect.any(Number) });
    expect(group.turn((turn) => turn.run("k")?.state)).toMatchObject({ at: "executing", news: false });
  });
});
