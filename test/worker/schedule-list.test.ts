import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { deployment } from "../../worker/engine/deployment.ts";
import { Schedules } from "../../worker/engine/schedules.ts";
import { eventually } from "../support/held-group.ts";
import { HeldSchedule } from "../support/held-schedule.ts";
import { IndexAway } from "../support/index-away.ts";
import { SlowIndex } from "../support/slow-index.ts";

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const made = (fields = {}) => new HeldSchedule().make(fields);

/** The index's list of schedules has this one, and as what. */
const listed = async ({ id }: HeldSchedule) => {
  const { results } = await env.RUN_INDEX.prepare("SELECT * FROM schedules WHERE id = ?").bind(id).all();
  return results;
};

describe("the list", () => {
  test("has a schedule when the call that makes it is through, and none that is deleted", async () => {
    const schedule = await made();
    expect(await listed(schedule)).toMatchObject([{ active: 1 }]);
    await schedule.stub.setActive(false);
    expect(await listed(schedule)).toMatchObject([{ active: 0 }]);
    expect(await schedule.alarm()).toBeNull();
    expect(await schedule.stub.remove()).toBe(true);
    expect([await listed(schedule), await schedule.stub.describe(), await schedule.stub.remove()]).toEqual([
      [],
      null,
      false,
    ]);
    const tables = await schedule.inside((_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'state'").toArray(),
    );
    expect([tables, await schedule.alarm()]).toEqual([[], null]);
  });

  test("that is away does not keep a schedule from being made, ticking and going: it is told later", async () => {
    const schedule = new HeldSchedule();
    const away = new IndexAway();
    await schedule.hold({ RUN_INDEX: away.database });
    await schedule.make();
    expect(await listed(schedule)).toEqual([]);
    await schedule.wakeAt(1);
    expect(await schedule.hoursWithRuns(1)).toEqual([1]);
    await schedule.hold({});
    await schedule.wakeAt(1.1);
    expect(await listed(schedule)).toHaveLength(1);
    await schedule.hold({ RUN_INDEX: away.database });
    await schedule.stub.remove();
    expect([await schedule.stub.describe(), await schedule.alarm()]).toEqual([null, 1.1 + 5 / 3600]);
    await schedule.hold({});
    await schedule.wakeAt(1.2);
    expect([await listed(schedule), await schedule.state()]).toEqual([[], undefined]);
  });

  test("is written to by one after the other: a slow write of a schedule that is deleted meanwhile leaves nothing", async () => {
    const schedule = new HeldSchedule();
    const slow = new SlowIndex();
    await schedule.hold({ RUN_INDEX: slow.database });
    const making = schedule.make();
    await eventually(async () => (slow.isWaiting ? true : undefined));
    const removing = schedule.stub.remove();
    await eventually(async () => ((await schedule.state())?.isRemoved === true ? true : undefined));
    await schedule.inside(() => slow.goOn());
    expect(await removing).toBe(true);
    await making;
    expect([await listed(schedule), await schedule.state()]).toEqual([[], undefined]);
  });

  test("loses a row that came late, when nothing else is left of its schedule, by deleting that", async () => {
    const schedule = await made();
    const [row] = await listed(schedule);
    await schedule.stub.remove();
    const insert = "INSERT INTO schedules (created_at, id, spec, active, version) VALUES (?, ?, ?, ?, ?)";
    await env.RUN_INDEX.prepare(insert)
      .bind(row?.["created_at"], schedule.id, row?.["spec"], 1, row?.["version"])
      .run();
    schedule.setHour(1);
    await schedule.hold();
    const api = new Schedules(env, deployment());
    expect(await api.delete(schedule.id)).toEqual({ id: schedule.id });
    expect(await listed(schedule)).toEqual([]);
    await expect(api.delete(schedule.id)).rejects.toMatchObject({ status: 404 });
  });

  test("keeps the row of a schedule that is made while what came late is looked for", async () => {
    const schedule = new HeldSchedule();
    const slow = new SlowIndex();
    await schedule.hold({ RUN_INDEX: slow.database });
    const removing = schedule.stub.remove();
    await eventually(async () => (slow.isWaiting ? true : undefined));
    schedule.setHour(-1);
    const making = schedule.make();
    await eventually(async () => ((await schedule.state()) === undefined ? undefined : true));
    await schedule.inside(() => slow.goOn());
    expect(await removing).toBe(false);
    await making;
    expect(await listed(schedule)).toHaveLength(1);
  });

  test("is read once, from its first page to its last, though schedules go on the way", async () => {
    const at = Date.now() + 10 * 365 * 86_400_000;
    const spec = JSON.stringify({ task: "tick", cron: "0 * * * *", timezone: "UTC" });
    const insert = env.RUN_INDEX.prepare(
      "INSERT INTO schedules (created_at, id, spec, active, version) VALUES (?, ?, ?, 0, 1)",
    );
    // Some are of one moment.
    const ids = Array.from({ length: 60 }, (_, n) => ({ createdAt: at + Math.floor(n / 3), id: `sched_${n}` }));
    await env.RUN_INDEX.batch(ids.map(({ createdAt, id }) => insert.bind(createdAt, id, spec)));
    let rowsRead = 0;
    const counted = {
      prepare: (sql: string) => env.RUN_INDEX.prepare(sql),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await env.RUN_INDEX.batch(statements);
        for (const { meta } of results) rowsRead += meta.rows_read;
        return results;
      },
    };
    const api = new Schedules({ ...env, RUN_INDEX: counted as unknown as D1Database }, deployment());
    const first = await api.list({ perPage: 10 });
    const found = first.data.map(({ id }) => id);
    rowsRead = 0;
    for (let { next } = first.pagination; next !== undefined && found.length < 60;) {
      await env.RUN_INDEX.prepare("DELETE FROM schedules WHERE id IN (?, ?)").bind(found.at(-1), found.at(-2)).run();
      const stretch = await api.listAfter(next, { perPage: 10 });
      found.push(...stretch.data.map(({ id }) => id));
      ({ next } = stretch.pagination);
    }
    expect(new Set(found)).toEqual(new Set(ids.map(({ id }) => id)));
    expect(found).toHaveLength(60);
    // One more on each page shows whether there are others.
    expect(rowsRead).toBeLessThanOrEqual(5 * 11);
  });

  test("is not written by ticks", async () => {
    const schedule = await made();
    const before = await listed(schedule);
    await schedule.hold({ RUN_INDEX: new IndexAway().database });
    await schedule.wakeAt(1);
    expect([await schedule.hoursWithRuns(1), await listed(schedule)]).toEqual([[1], before]);
    expect((await schedule.state())?.tellTries).toBe(0);
  });
});
