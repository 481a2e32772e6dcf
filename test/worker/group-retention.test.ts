import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { FarGroups } from "../../worker/engine/far-groups.ts";
import { retentionMs } from "../../worker/objects/retention.ts";
import { readRuns } from "../../worker/storage/run-index.ts";
import { COMPLETED, eventually, HeldGroup } from "../support/held-group.ts";
import { IndexAway } from "../support/index-away.ts";

const DAY = 86_400_000;
const LARGE = { data: "x".repeat(600_000), type: "text/plain" } as const;

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const fresh = () => `task-${crypto.randomUUID()}`;

const indexed = async (task: string, tag?: string): Promise<string[]> => {
  const tags = tag === undefined ? {} : { tags: [tag] };
  const rows = await readRuns(env.RUN_INDEX, {
    tasks: [task],
    ...tags,
    from: 0,
    to: Date.now() + 100 * DAY,
    limit: 50,
  });
  return rows.map(({ status }) => status);
};

const tagRows = async (tag: string): Promise<number> => {
  const { results } = await env.RUN_INDEX.prepare("SELECT id FROM run_tags WHERE tag = ?").bind(tag).all();
  return results.length;
};

const inIndex = (task: string, count: number) =>
  eventually(async () => ((await indexed(task)).length === count ? true : undefined));

const tablesOf = (group: HeldGroup): Promise<unknown[]> =>
  group.inside((_, { storage }) =>
    storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name IN ('entry', 'chunk') ORDER BY name")
      .toArray()
      .map(({ name }) => name),
  );

const alarmOf = (group: HeldGroup) => group.inside((_, { storage }) => storage.getAlarm());

/** Days from now until the alarm. */
const daysToAlarm = async (group: HeldGroup) => Math.round(((await alarmOf(group)) ?? 0) - Date.now()) / DAY;

/** A run with a large payload and a tag that has waited for a batch of three, all of one task; all is final. */
async function familyOf(task: string, tag: string, root: string): Promise<HeldGroup> {
  const group = await new HeldGroup().hold();
  await group.start({ n: root, task, payload: LARGE, options: { tags: [tag], maxAttempts: 1 } });
  const claim = await group.claim(root, 0);
  const items = [0, 1, 2].map((index) => ({ index, task, payload: LARGE, options: { tags: [tag] } }));
  const batch = { kind: "batch", key: "batch:#0", digest: "d", runCount: 3, items } as const;
  const { claims } = await group.report(claim, { type: "suspended", waits: [batch] });
  expect(claims.length).toBe(3);
  for (const item of claims) await group.report(item, COMPLETED, 0);
  await group.report(await group.claim(root, 1), COMPLETED);
  await inIndex(task, 4);
  return group;
}

describe("a group of which all has been final for the retention time", () => {
  test.each(["k", "s1"])("deletes itself, with parts, batches and tags, and goes from the index (%s)", async (root) => {
    const [task, tag] = [fresh(), fresh()];
    const group = await familyOf(task, tag, root);
    expect(await tagRows(tag)).toBe(4);
    expect(await tablesOf(group)).toEqual(["chunk", "entry"]);
    expect(await daysToAlarm(group)).toBeCloseTo(30, 2);

    await group.wakeAfter(29 * DAY);
    expect(await indexed(task)).toHaveLength(4);
    expect(await group.retrieve(root)).toMatchObject({ status: "COMPLETED" });
    await group.wakeAfter(2 * DAY);
    expect(await indexed(task, tag)).toEqual([]);
    expect(await tagRows(tag)).toBe(0);
    expect(await tablesOf(group)).toEqual([]);
    expect(await alarmOf(group)).toBeNull();
  });

  test("answers like one that never was, and can be begun anew", async () => {
    const task = fresh();
    const group = await familyOf(task, "t", "k");
    await group.wakeAfter(31 * DAY);
    const { stub } = group;
    expect(await stub.retrieve("k", 50, true)).toBeNull();
    expect(await stub.cancel("k")).toBeNull();
    expect(await stub.reschedule("k", "1h", true)).toEqual({ ok: true, value: null });
    expect(await stub.blueprint("k", undefined)).toEqual({ ok: true, value: null });
    expect(await stub.logs("k", undefined)).toEqual({ ok: true, value: null });
    expect(await stub.claim([{ n: "k", epoch: 2 }], "c")).toEqual([]);
    expect(await stub.renew([{ n: "k", epoch: 2 }])).toEqual([{ n: "k" }]);
    expect(await stub.addItems("b", [], "batchTrigger", true)).toMatchObject({ ok: false, status: 404 });
    await stub.settle("k.x", { ok: true, output: LARGE });
    await stub.cancelBatch("b", true);
    const canceled = { task, payload: LARGE, options: { tags: [], maxAttempts: 1 }, trigger: "trigger" } as const;
    expect(await stub.start({ n: "k", ...canceled, canceled: true, arrived: true })).toMatchObject({ isCached: true });
    expect(await tablesOf(group)).toEqual([]);

    await group.start({ task, payload: LARGE });
    await group.report(await group.claim("k", 0), COMPLETED);
    expect(await group.retrieve("k")).toMatchObject({ status: "COMPLETED" });
    await inIndex(task, 1);
  });

  test("goes when the index is back, if that is away", async () => {
    const task = fresh();
    const group = await familyOf(task, "t", "s1");
    const index = new IndexAway();
    await group.hold(index.database);
    await group.wakeAfter(31 * DAY);
    expect(index.tries).toBe(1);
    expect(await tablesOf(group)).toEqual(["chunk", "entry"]);
    expect(await group.retrieve("s1")).toMatchObject({ status: "COMPLETED" });
    await group.hold(env.RUN_INDEX);
    await group.wakeAfter(61_000);
    expect(await indexed(task)).toEqual([]);
    expect(await tablesOf(group)).toEqual([]);
  });

  test("goes though the index has never heard of it", async () => {
    const task = fresh();
    const index = new IndexAway();
    const group = await new HeldGroup().hold(index.database);
    await group.start({ n: "s1", task });
    await group.report(await group.claim("s1", 0), COMPLETED);
    await eventually(async () => (index.tries > 0 ? true : undefined));
    await group.hold(env.RUN_INDEX);
    await group.wakeAfter(31 * DAY);
    expect(await tablesOf(group)).toEqual([]);
    await scheduler.wait(400);
    expect(await indexed(task)).toEqual([]);
  });
});

describe("a group stays", () => {
  test("for the retention time after a late change", async () => {
    const task = fresh();
    const group = await familyOf(task, "t", "s1");
    await group.wakeAfter(29 * DAY);
    await group.start({ n: "s2", task });
    await group.report(await group.claim("s2", 0), COMPLETED);
    await eventually(async () => ((await daysToAlarm(group)) > 58 ? true : undefined));
    await group.wakeAfter(29 * DAY);
    expect(await group.retrieve("s1")).toMatchObject({ status: "COMPLETED" });
    expect(await daysToAlarm(group)).toBeCloseTo(59, 2);
    await group.wakeAfter(2 * DAY);
    expect(await tablesOf(group)).toEqual([]);
    expect(await indexed(task)).toEqual([]);
  });

  test("as long as anything in it is open", async () => {
    const task = fresh();
    const group = await familyOf(task, "t", "s1");
    await group.start({ n: "s2", task, options: { tags: [], maxAttempts: 1, delay: "52w" } });
    await group.wakeAfter(100 * DAY);
    expect(await group.retrieve("s1")).toMatchObject({ status: "COMPLETED" });
    expect(await group.retrieve("s2")).toMatchObject({ status: "DELAYED" });
    await group.stub.cancel("s2");
    await group.wakeAfter(20_000);
    await group.wakeAfter(31 * DAY);
    expect(await tablesOf(group)).toEqual([]);
  });

  test("with its rows in the index when it changes while the index lets go of it", async () => {
    const task = fresh();
    const group = await familyOf(task, "t", "s1");
    const now = { isAsked: false, isLate: false };
    const slow = {
      prepare: (sql: string) => env.RUN_INDEX.prepare(sql),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await env.RUN_INDEX.batch(statements);
        now.isAsked = true;
        while (!now.isLate) await scheduler.wait(5);
        return results;
      },
    };
    await group.hold(slow as unknown as D1Database);
    const waking = group.wakeAfter(31 * DAY);
    await eventually(async () => now.isAsked || undefined);
    expect(await indexed(task)).toEqual([]);
    await group.start({ n: "s2", task });
    now.isLate = true;
    await waking;
    await group.hold(env.RUN_INDEX);
    expect(await group.retrieve("s1")).toMatchObject({ status: "COMPLETED" });
    await group.wakeAfter(20_000);
    expect(await indexed(task)).toHaveLength(5);
  });

  test("for ever when the retention is 0: its alarm is taken away", async () => {
    const task = fresh();
    const group = await new HeldGroup().hold();
    await group.inside(({ memory }) => (memory.retention = undefined));
    await group.start({ n: "s1", task });
    await group.report(await group.claim("s1", 0), COMPLETED);
    await eventually(async () => ((await alarmOf(group)) === null ? true : undefined));
    await group.wakeAfter(1_000 * DAY);
    expect(await group.retrieve("s1")).toMatchObject({ status: "COMPLETED" });
  });
});

test("a token goes when it has been completed for the retention time, and not before it is", async () => {
  const group = await new HeldGroup().hold();
  const { n } = await group.stub.createToken({ request: "r", tags: [] });
  await group.wakeAfter(100 * DAY);
  expect(await group.stub.retrieveToken(n)).toMatchObject({ status: "WAITING" });
  await group.stub.completeToken(n, LARGE);
  await group.wakeAfter(29 * DAY);
  expect(await group.stub.retrieveToken(n)).toMatchObject({ status: "COMPLETED" });
  await group.wakeAfter(2 * DAY);
  expect(await group.stub.retrieveToken(n)).toBeNull();
  expect(await tablesOf(group)).toEqual([]);
});

test.each(["run", "batch"] as const)("a %s that was deleted is not made again to be canceled", async (what) => {
  const parent = await new HeldGroup().hold();
  await parent.start();
  await parent.claim("k", 0);
  const far = new FarGroups(env).child(`far:${crypto.randomUUID()}`, "x", what);
  const deed = { key: `${what}:far#0`, digest: "d", order: 1, madeIn: 1, sealed: true, ...far };
  const options = { tags: [], maxAttempts: 1 };
  if (what === "run") {
    await parent.stub.record("k", 1, [{ kind: "trigger", ...deed, task: "hello", payload: LARGE, options }]);
  } else {
    await parent.stub.record("k", 1, [{ kind: "batchTrigger", ...deed }]);
  }
  const child = new HeldGroup(env.RUN_GROUP.idFromString(far.target));
  if (what === "run") await eventually(async () => (await child.stub.retrieve("k", 0, true)) ?? undefined);
  await child.inside(async ({ memory }, { storage }) => {
    memory.hasTable = false;
    await storage.deleteAll();
  });
  await eventually(async () => (what === "batch" || (await openOf(parent)) === 1 ? true : undefined));
  await parent.stub.cancel("k");
  await eventually(async () => ((await openOf(parent)) === 0 ? true : undefined));
  expect(await tablesOf(child)).toEqual([]);
});

const openOf = (group: HeldGroup): Promise<number> =>
  group.inside((_, { storage }) => storage.sql.exec("SELECT * FROM entry WHERE open = 1").toArray().length);

describe("the retention time", () => {
  test("is thirty days, or what the deployment says, in days or parts of them", () => {
    expect(retentionMs({})).toBe(30 * DAY);
    expect(retentionMs({ RUNLET_RETENTION_DAYS: "" })).toBe(30 * DAY);
    expect(retentionMs({ RUNLET_RETENTION_DAYS: "0.5" })).toBe(DAY / 2);
    expect(retentionMs({ RUNLET_RETENTION_DAYS: "1e9" })).toBe(36_500 * DAY);
  });

  test("is none for 0, and for what is no number of days", () => {
    for (const text of ["0", "-1", "a month"]) expect(retentionMs({ RUNLET_RETENTION_DAYS: text })).toBeUndefined();
  });
});
