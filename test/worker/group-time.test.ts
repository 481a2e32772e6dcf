import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { COMPLETED, HeldGroup, waitFor } from "../support/held-group.ts";

const MINUTE = 60_000;

describe("a batch that is never sealed", () => {
  test("is given up after 30 minutes, and its parent is told", async () => {
    const group = await new HeldGroup().hold();
    await group.start();
    const claim = await group.claim("k", 0);
    const batch = { key: "batch:#0", digest: "d", runCount: 3 };
    const item = (index: number) => ({ index, task: "add", payload: claim.payload, options: {} });
    await group.stub.record("k", 1, [{ kind: "items", ...batch, items: [item(0), item(1)] }]);
    const { claims } = await group.report(claim, {
      type: "suspended",
      waits: [{ kind: "batch", ...batch, items: [] }],
    });
    expect(claims).toEqual([]);
    expect(await group.wakeAfter(29 * MINUTE)).toEqual([]);
    expect(await group.retrieve("k")).toMatchObject({ status: "WAITING" });

    const [dispatch] = await group.wakeAfter(2 * MINUTE);
    expect(dispatch?.runs).toEqual([{ n: "k", epoch: 1 }]);
    const { journal } = await group.claim("k", 1);
    expect(journal).toMatchObject([{ kind: "batch", key: "batch:#0", error: { name: "BatchNotSealedError" } }]);
    const run = await group.retrieve("k");
    expect(run.relatedRuns.children).toMatchObject([{ status: "CANCELED" }, { status: "CANCELED" }]);
  });
});

describe("a dispatch that is lost", () => {
  test("is sent again with the same epoch, later and later", async () => {
    const group = await new HeldGroup().hold();
    await group.start();
    const first = { group: group.id.toString(), runs: [{ n: "k", epoch: 0 }] };
    expect(group.dispatched).toEqual([first]);
    expect(await group.wakeAfter(14_000)).toEqual([]);
    expect(await group.wakeAfter(2_000)).toEqual([first]);
    expect(await group.wakeAfter(16_000)).toEqual([]);
    expect(await group.wakeAfter(16_000)).toEqual([first]);
    expect(await group.claim("k", 0)).toMatchObject({ epoch: 1, attempt: 1 });
  });
});

describe("a consumer that dies", () => {
  test("leaves a lease, after which the run is handed out again, alone and as a new attempt", async () => {
    const group = await new HeldGroup().hold();
    await group.start();
    const lost = await group.claim("k", 0);
    expect(await group.wakeAfter(59_000)).toEqual([]);
    expect(await group.wakeAfter(2_000)).toEqual([
      { group: group.id.toString(), runs: [{ n: "k", epoch: 1 }], alone: true },
    ]);
    expect(await group.report(lost, COMPLETED)).toEqual({ claims: [], stale: ["k"] });
    expect(await group.stub.record("k", 1, [])).toBe(false);
    expect(await group.claim("k", 1)).toMatchObject({ epoch: 2, attempt: 2 });
  });

  test("in the last attempt leaves a run that has crashed", async () => {
    const group = await new HeldGroup().hold();
    await group.start({ options: { tags: [], maxAttempts: 1 } });
    await group.claim("k", 0);
    expect(await group.wakeAfter(MINUTE + 1)).toEqual([]);
    const run = await group.retrieve("k");
    expect(run).toMatchObject({ status: "CRASHED", attemptCount: 1, error: { name: "RunCrashedError" } });
  });
});

describe("a lease", () => {
  test("holds on while it is renewed, and its renewal names the runs that are not held any more", async () => {
    const group = await new HeldGroup().hold();
    await group.start();
    const claim = await group.claim("k", 0);
    for (let minutes = 0; minutes < 3; minutes += 1) {
      expect(await group.wakeAfter(50_000)).toEqual([]);
      expect(await group.stub.renew([claim, { n: "k", epoch: 7 }, { n: "other", epoch: 1 }])).toEqual([
        { n: "k" },
        { n: "other" },
      ]);
    }
    expect(await group.wakeAfter(MINUTE + 1)).toHaveLength(1);
  });

  test("that was renewed holds on over an eviction", async () => {
    const group = await new HeldGroup().hold();
    await group.start();
    const claim = await group.claim("k", 0);
    await group.wakeAfter(50_000);
    await group.stub.renew([claim]);
    await evictDurableObject(group.stub);
    await group.hold();
    expect(await group.wakeAfter(50_000)).toEqual([]);
    expect(await group.report(claim, COMPLETED)).toEqual({ claims: [], stale: [] });
  });

  test("runs out once, though each alarm loads the group anew", async () => {
    const group = await new HeldGroup().hold();
    await group.start();
    await group.claim("k", 0);
    for (const ms of [30_000, 20_000]) {
      await evictDurableObject(group.stub);
      await group.hold();
      expect(await group.wakeAfter(ms)).toEqual([]);
    }
    await evictDurableObject(group.stub);
    await group.hold();
    expect(await group.wakeAfter(10_001)).toEqual([expect.objectContaining({ alone: true })]);
  });
});

describe("evictions between any two calls", () => {
  test("lose nothing", async () => {
    const group = await new HeldGroup().hold();
    const evict = async (): Promise<void> => {
      await evictDurableObject(group.stub);
      await group.hold();
    };
    await group.start();
    await evict();
    const first = await group.claim("k", 0);
    await evict();
    const outcome = { ok: true, output: { data: "kept", type: "text/plain" } } as const;
    await group.stub.record("k", 1, [{ kind: "step", key: "step:s#0", digest: "s", order: 1, outcome }]);
    await evict();
    const { claims } = await group.report(first, { type: "suspended", waits: [waitFor("child")] });
    const [child] = claims;
    if (child === undefined) throw new Error("The child was not handed out.");
    await evict();
    const answer = await group.report(child, {
      type: "completed",
      output: { data: "of the child", type: "text/plain" },
    });
    await evict();
    const [again] = answer.claims;
    if (again === undefined) throw new Error("The parent was not resumed.");
    expect(again).toMatchObject({ n: "k", epoch: 2, attempt: 1 });
    expect(again.journal.map((entry) => entry.key).sort()).toEqual(["run:child#0", "step:s#0"]);
    expect(JSON.stringify(again.journal)).toContain("of the child");
    expect(JSON.stringify(again.journal)).toContain("kept");
    expect(await group.report(again, COMPLETED)).toEqual({ claims: [], stale: [] });
    await evict();
    expect(await group.retrieve("k")).toMatchObject({ status: "COMPLETED", attemptCount: 1 });
  });
});

test("a run with a delay wakes its group no more once the index has it, though each alarm loads the group anew", async () => {
  const group = await new HeldGroup().hold();
  await group.start({ options: { tags: [], maxAttempts: 1, delay: "26w" } });
  const alarm = () => group.inside((_, { storage }) => storage.getAlarm());
  for (let i = 0; i < 2; i += 1) {
    await evictDurableObject(group.stub);
    await group.hold();
    await group.wakeAfter(15_001);
    expect(Number(await alarm())).toBeGreaterThan(Date.now() + 25 * 7 * 86_400_000);
  }
});
