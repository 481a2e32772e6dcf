import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { readRuns } from "../../worker/storage/run-index.ts";
import { COMPLETED, eventually, HeldGroup, waitFor } from "../support/held-group.ts";

const DAY = 86_400_000;
const LARGE = { data: "x".repeat(600_000), type: "text/plain" } as const;

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const fresh = () => `task-${crypto.randomUUID()}`;

const indexed = (task: string) =>
  readRuns(env.RUN_INDEX, { tasks: [task], from: 0, to: Date.now() + 100 * DAY, limit: 50 });

const inIndex = (task: string, count: number) =>
  eventually(async () => ((await indexed(task)).length === count ? true : undefined));

const rowsOf = (group: HeldGroup, table: string): Promise<number> =>
  group.inside((_, { storage }) => storage.sql.exec(`SELECT * FROM ${table}`).toArray().length);

const alarmOf = (group: HeldGroup) => group.inside((_, { storage }) => storage.getAlarm());

/** Days from now until the alarm. */
const daysToAlarm = async (group: HeldGroup) => Math.round(((await alarmOf(group)) ?? 0) - Date.now()) / DAY;

describe("a group where runs of one key follow each other", () => {
  const options = { tags: [], maxAttempts: 1, idempotencyKey: "held", idempotencyKeyTTL: "1s" } as const;

  /** A run of the key, with a large payload and a child; it ends at once. */
  async function runOf(group: HeldGroup, task: string): Promise<string> {
    const request = crypto.randomUUID();
    const { n } = await group.stub.start({ n: "k", task, payload: LARGE, options, trigger: "trigger", request });
    const { claims } = await group.report(await group.claim(n, 0), {
      type: "suspended",
      waits: [waitFor(task, LARGE)],
    });
    for (const child of claims) await group.report(child, COMPLETED, 0);
    await group.report(await group.claim(n, 1), COMPLETED);
    return n;
  }

  test("lets go of those that have been final for the retention time, one after the other, while others come", async () => {
    const task = fresh();
    const group = await new HeldGroup().hold();
    const first = await runOf(group, task);
    await inIndex(task, 2);
    await group.wakeAfter(20 * DAY);
    const second = await runOf(group, task);
    await inIndex(task, 4);
    expect(await daysToAlarm(group)).toBeCloseTo(30, 1);
    await group.wakeAfter(11 * DAY);
    expect(await indexed(task)).toHaveLength(2);
    expect(await group.stub.retrieve(first, 0, true)).toBeNull();
    expect(await group.retrieve(second)).toMatchObject({ status: "COMPLETED" });
    // The payloads of one run and its child are left, in two parts each.
    expect(await rowsOf(group, "chunk")).toBe(4);
    const third = await runOf(group, task);
    await inIndex(task, 4);
    expect(third > second).toBe(true);
    await group.wakeAfter(40 * DAY);
    expect(await alarmOf(group)).toBeNull();
    expect(await indexed(task)).toEqual([]);
  });

  test("keeps those that the index does not let go of, until it does", async () => {
    const task = fresh();
    const group = await new HeldGroup().hold();
    const first = await runOf(group, task);
    await group.wakeAfter(20 * DAY);
    await runOf(group, task);
    await inIndex(task, 4);
    const away = { remove: () => Promise.reject(new Error("The index is away.")) };
    const gatherers = { idFromName: (name: string) => name, get: () => away };
    await group.inside(({ memory }) => void (memory.groupIndex.env = { ...env, INDEX_GATHERER: gatherers }));
    await group.wakeAfter(11 * DAY);
    expect(await group.retrieve(first)).toMatchObject({ status: "COMPLETED" });
    await group.hold(env.RUN_INDEX);
    await group.wakeAfter(61_000);
    expect(await group.stub.retrieve(first, 0, true)).toBeNull();
    expect(await indexed(task)).toHaveLength(2);
  });

  test("tells the index of new ones only, however many there were before", async () => {
    const task = fresh();
    const group = await new HeldGroup().hold();
    for (let i = 0; i < 3; i += 1) {
      await runOf(group, task);
      await inIndex(task, 2 * (i + 1));
      await group.wakeAfter(20_000);
    }
    const [row] = await group.inside((_, { storage }) =>
      storage.sql.exec<{ head: string }>("SELECT head FROM entry WHERE seg = '!group'").toArray(),
    );
    const { indexedTo } = JSON.parse(row?.head ?? "{}") as { indexedTo?: number };
    const { createdAt } = await group.retrieve("k-000000002");
    expect(indexedTo).toBeGreaterThanOrEqual(Number(createdAt));
  });
});
