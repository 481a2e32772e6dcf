import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { itemPath, MAX_LOCAL_DEPTH } from "../../worker/core/address.ts";
import { encodeGroup, formatId } from "../../worker/core/ids.ts";
import { COMPLETED, eventually, HeldGroup, waitFor } from "../support/held-group.ts";

const MIB = 1024 * 1024;
const text = (size: number, first: string) => ({ data: first.padEnd(size, "-"), type: "text/plain" }) as const;

describe("a made-up run id in an existing namespace", () => {
  test("is answered by an object that writes no row and sets no alarm", async () => {
    const stub = env.RUN_GROUP.get(env.RUN_GROUP.idFromName(crypto.randomUUID()));
    const outcome = { ok: true, output: text(1, "x") } as const;
    expect(await stub.retrieve("k", 0, true)).toBeNull();
    expect(await stub.retrieve("k", 50, true)).toBeNull();
    expect(await stub.retrieveBatch("b")).toBeNull();
    expect(await stub.cancel("k")).toBeNull();
    expect(await stub.claim([{ n: "k", epoch: 0 }], "c")).toEqual([]);
    expect(await stub.reload("k", 1)).toBeNull();
    expect(await stub.journal("k", 1, "0")).toBeNull();
    expect(await stub.record("k", 1, [])).toBe(false);
    expect(await stub.renew([{ n: "k", epoch: 1 }])).toEqual([{ n: "k" }]);
    const report = { n: "k", epoch: 1, end: COMPLETED, logs: [], logged: 0 };
    expect(await stub.report([report], 10, "c", false)).toEqual({ claims: [], stale: ["k"] });
    await stub.settle("k.x", outcome);
    expect(await stub.logs("k", undefined)).toEqual({ ok: true, value: null });
    const left = await runInDurableObject(stub, async (_, { storage }) => ({
      tables: storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      alarm: await storage.getAlarm(),
    }));
    expect(left).toEqual({ tables: [], alarm: null });
  });
});

describe("large values", () => {
  test("come back as they were: a payload of 3 MiB, an output of 10 MiB", async () => {
    const group = await new HeldGroup().hold();
    const payload = text(3 * MIB, "payload");
    const output = text(10 * MIB, "output");
    await group.start({ payload });
    const claim = await group.claim("k", 0);
    expect(claim.payload).toEqual(payload);
    await group.report(claim, { type: "completed", output });
    const run = await group.retrieve("k");
    expect(run.payloadPacket).toEqual(payload);
    expect(run.outputPacket).toEqual(output);
  });

  test("with letters of two units are cut nowhere in their middle", async () => {
    const group = await new HeldGroup().hold();
    const payload = { data: `.${"🙂".repeat(600_000)}`, type: "text/plain" } as const;
    await group.start({ payload });
    expect((await group.claim("k", 0)).payload.data === payload.data).toBe(true);
  });
});

describe("a journal larger than one answer", () => {
  test("comes in pages, each result once", async () => {
    const group = await new HeldGroup().hold();
    await group.start();
    const waits = ["a", "b", "c", "d"].map((task) => waitFor(task));
    const { claims } = await group.report(await group.claim("k", 0), { type: "suspended", waits });
    for (const child of claims) await group.report(child, { type: "completed", output: text(5 * MIB, child.task) }, 0);
    const claim = await group.claim("k", 1);
    const entries = [...claim.journal];
    let pages = 1;
    for (let after = claim.journalAfter; after !== undefined; pages += 1) {
      const page = await group.stub.journal("k", claim.epoch, after);
      if (page === null) throw new Error("The run is not held.");
      entries.push(...page.entries);
      after = page.after;
    }
    expect(pages).toBeGreaterThan(1);
    expect(entries.map(({ key }) => key).sort()).toEqual(waits.map(({ key }) => key));
    for (const entry of entries) {
      const output =
        entry.kind === "run" && entry.settled?.outcome.ok === true ? entry.settled.outcome.output : undefined;
      expect(output?.data?.length).toBe(5 * MIB);
    }
  });

  test("makes the claims behind it deferred, and each comes when it is asked for alone", async () => {
    const group = await new HeldGroup().hold();
    const roots = ["k1", "k2", "k3", "k4"];
    for (const n of roots) await group.start({ n, payload: text(3 * MIB, n) });
    const claims = await group.stub.claim(
      roots.map((n) => ({ n, epoch: 0 })),
      "c",
    );
    expect(claims.map(({ deferred }) => deferred === true)).toEqual([false, false, false, true]);
    const whole = await group.stub.reload("k4", 1);
    expect(whole?.payload.data?.slice(0, 2)).toBe("k4");
    expect(await group.stub.reload("k4", 2)).toBeNull();
  });
});

describe("a wait deeper than a path may be", () => {
  test("is for a run in another group, whose end comes back to its parent", async () => {
    const group = await new HeldGroup().hold();
    const n = ["k", ...Array.from({ length: MAX_LOCAL_DEPTH }, () => "a")].join(".");
    await group.start({ n });
    const wait = waitFor("add", { data: '{"a":20,"b":22}', type: "application/json" });
    const { claims } = await group.report(await group.claim(n, 0), { type: "suspended", waits: [wait] });
    expect(claims).toEqual([]);
    group.dispatched.length = 0;
    // The child's group has the real queue and its consumer.
    await eventually(async () => group.dispatched[0]);
    const { journal } = await group.claim(n, 1);
    const [entry] = journal;
    if (entry?.kind !== "run" || entry.settled === undefined) throw new Error("The child has not settled.");
    expect(entry.settled.id).not.toContain(encodeGroup(group.id.toString()));
    expect(entry.settled.outcome).toMatchObject({ ok: true, output: { data: expect.stringContaining("42") } });
  });
});

describe("a cancellation", () => {
  test("reaches what the run has triggered without waiting for it, run and batch", async () => {
    const [group, child, batch] = await Promise.all([0, 1, 2].map(() => new HeldGroup().hold()));
    if (group === undefined || child === undefined || batch === undefined) throw new Error("No groups.");
    await group.start();
    await group.claim("k", 0);
    const far = { target: child.id.toString(), id: formatId("run", encodeGroup(child.id.toString()), "k") };
    const what = { task: "add", payload: text(1, "x"), options: { tags: [], maxAttempts: 1 }, ...far };
    const deed = { digest: "d", order: 1 };
    await group.stub.record("k", 1, [
      { kind: "trigger", sealed: true, madeIn: 1, key: "trigger:add#0", ...deed, ...what },
    ]);
    await eventually(async () => (await child.stub.retrieve("k", 0, true)) ?? undefined);
    await batch.stub.createBatch({ n: "b", runCount: 2 });
    const item = { index: 0, task: "add", payload: text(1, "x"), options: { tags: [], maxAttempts: 1 } };
    await batch.stub.addItems("b", [item], "batchTrigger", false);
    const place = { target: batch.id.toString(), id: formatId("batch", encodeGroup(batch.id.toString()), "b") };
    const filled = { kind: "batchTrigger", key: "batchTrigger:#0", ...deed, ...place } as const;
    await group.stub.record("k", 1, [{ ...filled, madeIn: 1, sealed: false }]);

    expect(await group.stub.cancel("k")).toMatchObject({ isNew: true });
    await eventually(async () => ((await child.retrieve("k")).status === "CANCELED" ? true : undefined));
    await eventually(async () => {
      const found = await batch.stub.retrieveBatch("b");
      return found?.status === "ABORTED" ? true : undefined;
    });
    expect(await batch.retrieve(itemPath("b", 0))).toMatchObject({ status: "CANCELED" });
    expect(await child.stub.claim([{ n: "k", epoch: 0 }], "c")).toEqual([]);
  });
});
