import { expect, test, vi } from "vitest";
import { task } from "../../sdk/index.ts";
import type { Claim } from "../../sdk/lib/journal.ts";
import { claimAgain, claimRuns } from "../../worker/engine/claim-runs.ts";
import { LocalEngine } from "../../worker/engine/local-engine.ts";
import { Registry } from "../../worker/engine/registry.ts";
import { reportPasses, type PassReport } from "../../worker/engine/report-passes.ts";
import { runBehindDoor } from "../../worker/engine/surroundings.ts";
import { GroupWork } from "../../worker/engine/work-group.ts";
import type { Env } from "../../worker/env.ts";
import { EngineGroup, far, suspendedFor, waitForRun } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

const handle = (claims: readonly Claim[]) => claims.map(({ n, epoch, attempt }) => ({ n, epoch, attempt }));

test("a claim that is made again is given the same runs, in the same attempt, with a whole lease", () => {
  const group = new EngineGroup();
  for (const n of ["s1", "s2"]) group.admit({ n });
  const by = group.newCall();
  const claim = (call = by) =>
    group.turn((turn) =>
      claimRuns(
        turn,
        ["s1", "s2"].map((n) => ({ n, epoch: 0 })),
        call,
      ),
    );
  const first = handle(claim());
  expect(first).toEqual(["s1", "s2"].map((n) => ({ n, epoch: 1, attempt: 1 })));
  group.now += 20_000;
  expect(handle(claim())).toEqual(first);
  expect(group.turn((turn) => turn.run("s1")?.state)).toMatchObject({ due: group.now - 1 + LEASE_MS });
  expect(claim(group.newCall())).toEqual([]);
});

test("a claim that is made again too late is given nothing: the run is another's", () => {
  const group = new EngineGroup();
  group.admit();
  const by = group.newCall();
  const claim = () => group.turn((turn) => claimRuns(turn, [{ n: "k", epoch: 0 }], by));
  claim();
  group.wakeAfter(LEASE_MS + 1);
  expect(claim()).toEqual([]);
  group.claim();
  expect(claim()).toEqual([]);
});

test("a run that a claim names twice is given once", () => {
  const group = new EngineGroup();
  group.admit();
  const wanted = [0, 0].map((epoch) => ({ n: "k", epoch }));
  expect(group.turn((turn) => claimRuns(turn, wanted, group.newCall()))).toHaveLength(1);
});

test("a report that is made again is given what it was given first, but for what was canceled meanwhile", () => {
  const group = new EngineGroup();
  group.admit();
  group.admit({ n: "s1" });
  const { n, epoch } = group.claim();
  group.claim("s1");
  const end = suspendedFor(waitForRun("child"), waitForRun("child", 1), waitForRun("child", 2));
  const by = group.newCall();
  const report = () => group.turn((turn) => reportPasses(turn, [{ n, epoch, end, logs: [], logged: 0 }], 2, by, far));
  const first = report().claims;
  expect(first).toHaveLength(2);
  expect(report()).toEqual({ claims: [], stale: ["k"] });
  const again = (call = by) => handle(group.turn((turn) => claimAgain(turn, call)));
  expect(again()).toEqual(handle(first));
  expect(again(group.newCall())).toEqual([]);
  group.turn((turn) => turn.apply(first[0]?.n ?? "", { type: "canceled" }));
  expect(again()).toEqual(handle(first.slice(1)));
});

/** A group that a consumer works on. `fails` says which of its answers to reports are lost, for good. */
function workOn(fails: (passes: readonly PassReport[], count: number) => "before" | "after" | "not") {
  const group = new EngineGroup();
  const passes: string[] = [];
  const child = task({
    id: "child",
    run: async (n: number, { ctx }) => {
      passes.push(ctx.run.id);
      return n;
    },
  });
  const parent = task({
    id: "parent",
    run: async (_: unknown, { ctx }) => {
      passes.push(ctx.run.id);
      return child.triggerAndWait(1).unwrap();
    },
  });
  const registry = new Registry([parent, child]);
  let reports = 0;
  const stub = {
    report: async (parts: readonly PassReport[], take: number, call: string, again: boolean) => {
      const fault = fails(parts, reports++);
      if (fault === "before") throw new Error("refused");
      const by = { call, leaseMs: LEASE_MS };
      const answer = group.turn((turn) => reportPasses(turn, parts, take, by, far));
      if (fault === "after") throw new Error("lost");
      return again ? { ...answer, claims: group.turn((turn) => claimAgain(turn, by)) } : answer;
    },
  };
  const env = { RUN_GROUP: { idFromString: (id: string) => id, get: () => stub } } as unknown as Env;
  for (const n of ["s1", "s2"]) group.admit({ n });
  const claims = ["s1", "s2"].map((n) => group.claim(n));
  const engine = new LocalEngine(env, registry, "EU", true);
  const work = runBehindDoor(engine, () => new GroupWork(env, registry, engine, "g").run(claims));
  const statuses = () => ["s1", "s2"].map((n) => group.turn((turn) => turn.run(n)?.state));
  return { work, passes, statuses };
}

const COMPLETED = { at: "final", status: "COMPLETED" };

test("what a failed report was given is asked for with the first of its passes that is told by itself", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const { work, passes, statuses } = workOn((_, count) => (count === 0 ? "after" : "not"));
  await work;
  expect(statuses()).toEqual([COMPLETED, COMPLETED]);
  expect(passes).toHaveLength(2 * 2 + 2);
});

test("what a failed report was given is asked for with the second where the first is refused", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const { work, statuses } = workOn((_, count) => (count === 0 ? "after" : count === 1 ? "before" : "not"));
  await work;
  expect(statuses()).toEqual([COMPLETED, COMPLETED]);
});
