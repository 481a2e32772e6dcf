import { beforeAll, describe, expect, test, vi } from "vitest";
import { parseId } from "../../worker/core/ids.ts";
import { api, delayed, filterOf, foundOf, listed, statusesOf, tagged } from "../support/bulk-runs.ts";
import { GatedGroups, HeldBulk } from "../support/held-bulk.ts";
import { eventually } from "../support/held-group.ts";

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const fresh = () => `bulk-${crypto.randomUUID()}`;

describe("a crash", () => {
  test("in the middle of a page of cancellations leaves none out and counts each once", async () => {
    const runIds = await delayed(25, fresh());
    const groups = new GatedGroups(12);
    const bulk = await new HeldBulk().bind({ RUN_GROUP: groups.namespace });
    await bulk.begin({ verb: "cancel", runIds });
    await groups.reached();
    expect((await bulk.describe()).counts).toEqual({ total: 25, success: 0, failure: 0, skipped: 0 });
    await bulk.crash();
    expect(await bulk.ended()).toMatchObject({
      status: "COMPLETED",
      counts: { total: 25, success: 25, failure: 0, skipped: 0 },
    });
    expect(await statusesOf(runIds)).toEqual({ CANCELED: 25 });
    await eventually(async () => ((await foundOf(bulk)).length === 25 ? true : undefined));
  });

  test("in the middle of a page of replays makes no run twice", async () => {
    const tag = fresh();
    const runIds = await delayed(15, tag);
    const groups = new GatedGroups(19);
    const bulk = await new HeldBulk().bind({ RUN_GROUP: groups.namespace });
    await bulk.begin({ verb: "replay", runIds });
    await groups.reached();
    await bulk.crash();
    expect(await bulk.ended()).toMatchObject({ counts: { total: 15, success: 15, failure: 0, skipped: 0 } });
    const found = async () => ((await foundOf(bulk)).length === 15 ? foundOf(bulk) : undefined);
    const made = await eventually(found);
    const replayedFrom = await Promise.all(
      made.map(async (id) => (await api<{ replayedFrom: string }>("GET", `/api/v3/runs/${id}`)).replayedFrom),
    );
    expect(replayedFrom.sort()).toEqual(runIds.sort());
    expect((await tagged(tag)).map(({ id }) => id).sort()).toEqual([...runIds, ...made].sort());
    // They share groups, as what is triggered in one second does.
    expect(new Set(made.map((id) => parseId("run", id)?.group)).size).toBeLessThanOrEqual(4);
  });

  test("between any two steps of an action by filter changes nothing", async () => {
    const tag = fresh();
    const runIds = await delayed(120, tag);
    const bulk = await new HeldBulk().hold();
    await bulk.begin({ verb: "cancel", filter: filterOf(tag) });
    const seen: number[] = [];
    for (let status = "PENDING", wakes = 0; status === "PENDING" && wakes < 20; wakes += 1) {
      await bulk.evict();
      await bulk.hold();
      const action = await bulk.wakeAfter(2_000);
      seen.push(action.counts.success);
      expect(action.counts.total).toBe(120);
      status = action.status;
    }
    // It read and worked off 100 and 20.
    expect(seen).toEqual([0, 100, 100, 120, 120]);
    expect(await statusesOf(runIds)).toEqual({ CANCELED: 120 });
    expect(await foundOf(bulk)).toHaveLength(120);
    expect(await listed(bulk)).toMatchObject({ status: "COMPLETED", total: 120, success: 120 });
  }, 60_000);
});
