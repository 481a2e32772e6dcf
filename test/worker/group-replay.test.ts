import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { JournalEntry } from "../../sdk/lib/journal.ts";
import { callGroup, unwrapAnswer } from "../../worker/engine/call-group.ts";
import { env } from "cloudflare:workers";
import { HeldGroup } from "../support/held-group.ts";

const MEGABYTE = "x".repeat(1_000_000);

/** A run whose steps gave `sizes` megabytes each. */
async function withSteps(...sizes: number[]): Promise<HeldGroup> {
  const group = await new HeldGroup().hold();
  await group.start();
  await group.claim("k", 0);
  for (const [i, size] of sizes.entries()) {
    const outcome = { ok: true, output: { data: MEGABYTE.repeat(size), type: "text/plain" } } as const;
    await group.stub.record("k", 1, [{ kind: "step", key: `step:s#${i}`, digest: "s", order: i, outcome }]);
  }
  return group;
}

const blueprint = async (group: HeldGroup, from?: string) =>
  unwrapAnswer(await callGroup(env, group.id.toString(), (stub) => stub.blueprint("k", from)));

describe("a journal that is recalled", () => {
  test("of megabytes is kept in parts, survives an eviction and comes whole with the first claim", async () => {
    const recalled = (await blueprint(await withSteps(2, 2, 1), "step:s#2"))?.recalled ?? [];
    expect(recalled.map(({ key }) => key)).toEqual(["step:s#0", "step:s#1"]);
    const group = await new HeldGroup().hold();
    await group.start({ recalled, replayedFrom: "run_1" });
    await evictDurableObject(group.stub);
    await group.hold();
    const claim = await group.claim("k", 0);
    expect(claim).toMatchObject({ isFirstPass: true, isReplay: true, attempt: 1 });
    expect(claim.journal).toEqual(recalled);
  });

  test("that fills an answer leaves what the run has done itself to the next", async () => {
    const recalled = Array.from({ length: 5 }, (_, i): JournalEntry => {
      const settled = { ok: true, output: { data: MEGABYTE.repeat(2), type: "text/plain" } } as const;
      const seen = { epoch: 0, phase: "during", at: i } as const;
      return { key: `step:r#${i}`, digest: "r", attempt: 0, seen, kind: "step", settled };
    });
    const group = await new HeldGroup().hold();
    await group.start({ recalled });
    const { epoch } = await group.claim("k", 0);
    const outcome = { ok: true, output: { data: "x", type: "text/plain" } } as const;
    await group.stub.record("k", epoch, [{ kind: "step", key: "step:n#0", digest: "n", order: 1, outcome }]);
    const again = await group.stub.reload("k", epoch);
    expect(again?.journal.map(({ key }) => key)).toEqual(recalled.map(({ key }) => key));
    expect(again?.journalAfter).toBeDefined();
    const page = await group.stub.journal("k", epoch, again?.journalAfter ?? "");
    expect(page?.entries.map(({ key }) => key)).toEqual(["step:n#0"]);
  });

  test("over 8 MB is refused, and a replay as a whole is not", async () => {
    const group = await withSteps(5, 5);
    await expect(blueprint(group, "step:s#1")).rejects.toMatchObject({ status: 400, code: "journal_too_large" });
    expect(await blueprint(group)).toMatchObject({ task: "parent", options: { maxAttempts: 2, ttl: 0 } });
  });
});

test("a group that was never written to has no blueprint, and stays so", async () => {
  const group = new HeldGroup();
  expect(await blueprint(group, "step:s#1")).toBeNull();
  const tables = await group.inside((_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'entry'").toArray(),
  );
  expect(tables).toEqual([]);
});
