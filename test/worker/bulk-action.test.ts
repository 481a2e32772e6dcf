import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { parseId } from "../../worker/core/ids.ts";
import {
  api,
  delayed,
  filterOf,
  foundOf,
  listed,
  statusOf,
  statusesOf,
  tagged,
  trigger,
} from "../support/bulk-runs.ts";
import { GatedGroups, HeldBulk, watched } from "../support/held-bulk.ts";
import { eventually } from "../support/held-group.ts";
import { IndexAway } from "../support/index-away.ts";

const DAY = 86_400_000;

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const fresh = () => `bulk-${crypto.randomUUID()}`;

const tablesOf = (bulk: HeldBulk): Promise<unknown[]> =>
  bulk.inside((_, { storage }) =>
    storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name IN ('bulk', 'page') ORDER BY name")
      .toArray()
      .map(({ name }) => name),
  );

describe("an action by filter", () => {
  test("leaves runs alone that are younger than it", async () => {
    const tag = fresh();
    const [old = ""] = await delayed(1, tag);
    const bulk = new HeldBulk();
    await bulk.begin({ verb: "cancel", filter: filterOf(tag) });
    await scheduler.wait(5);
    const young = await trigger(tag);
    await eventually(async () => ((await tagged(tag)).length === 2 ? true : undefined));
    await bulk.hold();
    expect((await bulk.finish()).counts).toEqual({ total: 1, success: 1, failure: 0, skipped: 0 });
    expect([await statusOf(old), await statusOf(young)]).toEqual(["CANCELED", "DELAYED"]);
  });

  test("skips runs that have ended by the time that it comes to them", async () => {
    const tag = fresh();
    const [first = "", second = ""] = await delayed(2, tag);
    const bulk = await new HeldBulk().hold();
    await bulk.begin({ verb: "cancel", filter: filterOf(tag) });
    await bulk.wakeAfter(2_000);
    expect((await bulk.describe()).counts).toEqual({ total: 2, success: 0, failure: 0, skipped: 0 });
    await api("POST", `/api/v2/runs/${first}/cancel`);
    expect((await bulk.finish()).counts).toEqual({ total: 2, success: 1, failure: 0, skipped: 1 });
    expect(await foundOf(bulk)).toEqual([second]);
  });

  test("finds nothing, and is through", async () => {
    const bulk = await new HeldBulk().hold();
    await bulk.begin({ verb: "replay", filter: filterOf(fresh()) });
    const end = await bulk.finish();
    expect(end).toMatchObject({ status: "COMPLETED", counts: { total: 0, success: 0, failure: 0, skipped: 0 } });
  });

  test("waits for an index that is away, and gives up after hours", async () => {
    const tag = fresh();
    const [id = ""] = await delayed(1, tag);
    const away = { RUN_INDEX: new IndexAway().database };
    const patient = await new HeldBulk().hold(away);
    await patient.begin({ verb: "cancel", filter: filterOf(tag) });
    for (let i = 0; i < 5; i += 1) expect((await patient.wakeAfter(600_000)).status).toBe("PENDING");
    const lost = await new HeldBulk().hold(away);
    await lost.begin({ verb: "cancel", filter: filterOf(tag) });
    for (let i = 0; i < 20; i += 1) await lost.wakeAfter(600_000);
    expect(await lost.describe()).toMatchObject({ status: "ABORTED", counts: { success: 0 } });
    expect(await statusOf(id)).toBe("DELAYED");
    await patient.hold();
    await patient.wakeAfter(600_000);
    expect(await patient.finish()).toMatchObject({ status: "COMPLETED", counts: { success: 1 } });
    await lost.hold();
    await lost.wakeAfter(600_000);
    expect(await listed(lost)).toMatchObject({ status: "ABORTED" });
  });
});

describe("an action on given runs", () => {
  test("does without the index, which learns of it when it is back", async () => {
    const runIds = await delayed(3, fresh());
    const bulk = await new HeldBulk().hold({ RUN_INDEX: new IndexAway().database });
    await bulk.begin({ verb: "cancel", runIds, name: "unseen" });
    expect(await bulk.finish()).toMatchObject({ status: "COMPLETED", counts: { success: 3 } });
    expect(await listed(bulk)).toBeUndefined();
    await bulk.hold();
    await bulk.wakeAfter(600_000);
    expect(await listed(bulk)).toMatchObject({ status: "COMPLETED", name: "unseen", success: 3 });
    expect((await foundOf(bulk)).sort()).toEqual(runIds.sort());
  });

  test("tries runs that it cannot reach again, and counts them as failed in the end", async () => {
    const runIds = await delayed(3, fresh());
    const [dead = ""] = runIds;
    const group = env.RUN_GROUP.idFromString(parseId("run", dead)?.group ?? "");
    const broken = new Proxy(env.RUN_GROUP, {
      get: (groups, name) => {
        if (name !== "get") return (groups[name as keyof typeof groups] as (text: string) => unknown).bind(groups);
        return (id: DurableObjectId) => {
          if (id.equals(group)) throw new Error("broken");
          return groups.get(id);
        };
      },
    });
    const bulk = await new HeldBulk().hold({ RUN_GROUP: broken });
    await bulk.begin({ verb: "cancel", runIds });
    for (let tries = 1; tries < 5; tries += 1) {
      expect((await bulk.wakeAfter(60_000)).counts).toEqual({ total: 3, success: 2, failure: 0, skipped: 0 });
    }
    expect((await bulk.wakeAfter(60_000)).counts).toEqual({ total: 3, success: 2, failure: 1, skipped: 0 });
    expect((await bulk.finish()).status).toBe("COMPLETED");
    await bulk.wakeAfter(2_000);
    expect(await foundOf(bulk)).toHaveLength(2);
  });

  test("has failed for a run that is gone, and for one whose task is not deployed", async () => {
    const [id = ""] = await delayed(1, fresh());
    const gone = `${id.slice(0, id.lastIndexOf("_"))}_nobody`;
    for (const verb of ["cancel", "replay"] as const) {
      const bulk = await new HeldBulk().hold();
      await bulk.begin({ verb, runIds: [gone] });
      expect((await bulk.finish()).counts).toEqual({ total: 1, success: 0, failure: 1, skipped: 0 });
    }
    expect(await statusOf(id)).toBe("DELAYED");
  });
});

test("an abort in the middle of a page lets what is under way end, and begins nothing more", async () => {
  const runIds = await delayed(40, fresh());
  const groups = new GatedGroups(15);
  const bulk = await new HeldBulk().bind({ RUN_GROUP: groups.namespace });
  await bulk.begin({ verb: "cancel", runIds });
  await groups.reached();
  await eventually(async () => (groups.calls === 25 ? true : undefined));
  expect(await bulk.stub.abort()).toBe(true);
  const aborted = await bulk.describe();
  expect(aborted).toMatchObject({ status: "ABORTED", completedAt: expect.any(Date) });
  groups.letThrough();
  const counts = await eventually(async () => {
    const { counts: now } = await bulk.describe();
    return now.success > 0 ? now : undefined;
  });
  expect(counts).toEqual({ total: 40, success: 25, failure: 0, skipped: 0 });
  expect(await statusesOf(runIds)).toEqual({ CANCELED: 25, DELAYED: 15 });
  expect((await bulk.describe()).completedAt).toEqual(aborted.completedAt);
  await eventually(async () => ((await foundOf(bulk)).length === 25 ? true : undefined));
});

test("no more than ten runs are acted on at a time", async () => {
  const runIds = await delayed(30, fresh());
  const now = { calls: 0, most: 0 };
  const groups = watched(async (call) => {
    now.most = Math.max(now.most, (now.calls += 1));
    await scheduler.wait(2);
    return call().finally(() => (now.calls -= 1));
  });
  const bulk = await new HeldBulk().hold({ RUN_GROUP: groups });
  await bulk.begin({ verb: "cancel", runIds });
  expect((await bulk.finish()).counts.success).toBe(30);
  expect(now.most).toBe(10);
});

describe("an action that is over", () => {
  test("deletes itself at the end of the retention time, and goes from the index with its runs", async () => {
    const runIds = await delayed(2, fresh());
    const bulk = await new HeldBulk().hold();
    await bulk.begin({ verb: "cancel", runIds });
    await bulk.finish();
    await bulk.wakeAfter(29 * DAY);
    expect([(await foundOf(bulk)).length, await tablesOf(bulk)]).toEqual([2, ["bulk", "page"]]);
    const away = new IndexAway();
    const broken = { prepare: () => ({ bind: () => ({ run: () => away.batch() }) }) } as unknown as D1Database;
    vi.spyOn(console, "error").mockImplementationOnce(() => undefined);
    await bulk.hold({ RUN_INDEX: broken });
    await bulk.wakeAfter(2 * DAY);
    expect([away.tries, await tablesOf(bulk)]).toEqual([1, ["bulk", "page"]]);
    await bulk.hold();
    await expect(bulk.wakeAfter(60_000)).rejects.toThrow("no such action");
    expect([await foundOf(bulk), await listed(bulk), await tablesOf(bulk)]).toEqual([[], undefined, []]);
    expect(await bulk.inside((_, { storage }) => storage.getAlarm())).toBeNull();
    expect(await bulk.stub.abort()).toBe(false);
  });

  test("stays for ever when the retention is 0", async () => {
    const bulk = await new HeldBulk().hold();
    await bulk.inside(({ memory }) => (memory.retention = undefined));
    await bulk.begin({ verb: "cancel", filter: filterOf(fresh()) });
    await bulk.finish();
    await bulk.wakeAfter(2_000);
    expect(await bulk.inside((_, { storage }) => storage.getAlarm())).toBeNull();
    expect((await bulk.describe()).status).toBe("COMPLETED");
  });

  test("does not begin again when its request is sent again", async () => {
    const [id = ""] = await delayed(1, fresh());
    const bulk = await new HeldBulk().hold();
    await bulk.begin({ verb: "replay", runIds: [id] });
    const end = await bulk.finish();
    await bulk.begin({ verb: "cancel", runIds: [id] });
    expect(await bulk.describe()).toEqual(end);
    expect(await statusOf(id)).toBe("DELAYED");
  });
});

test("an action that was never begun is not there, and asking for it writes nothing", async () => {
  const bulk = new HeldBulk();
  expect([await bulk.stub.describe(), await bulk.stub.abort(), await tablesOf(bulk)]).toEqual([null, false, []]);
  for (const id of [bulk.id, `bulk_${"A".repeat(43)}`, "bulk_x", "nonsense"]) {
    const refusal = { error: `There is no bulk action "${id}".`, code: "bulk_action_not_found" };
    expect(await api("GET", `/api/v1/bulk-actions/${id}`)).toEqual(refusal);
    expect(await api("POST", `/api/v1/bulk-actions/${id}/abort`)).toEqual(refusal);
  }
});
