import {
  createExecutionContext,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { schedules, task, type CronOption } from "../../sdk/index.ts";
import type { Roster } from "../../worker/core/roster.ts";
import { formatScheduleId } from "../../worker/core/ids.ts";
import { callRoster, callSchedule, declaredSchedule } from "../../worker/engine/call-schedule.ts";
import { deploy, deployment as currentDeployment } from "../../worker/engine/deployment.ts";
import { Registry } from "../../worker/engine/registry.ts";
import { Schedules } from "../../worker/engine/schedules.ts";
import { healSchedules, syncSchedules } from "../../worker/engine/sync-schedules.ts";
import type { Env } from "../../worker/env.ts";
import { StateRow } from "../../worker/storage/state-row.ts";
import { HeldSchedule } from "../support/held-schedule.ts";

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

/** A version of the code: which task has which schedule. */
const codeOf = (declared: Readonly<Record<string, CronOption>>) =>
  new Registry([
    task({ id: "other", run: () => 1 }),
    ...Object.entries(declared).map(([id, cron]) => schedules.task({ id, cron, run: () => 1 })),
  ]);

/** A platform of its own: the roster is the only one of its kind in a deployment. */
function deployment(): Env {
  const name = crypto.randomUUID();
  const roster = env.SCHEDULE_ROSTER.getByName(name);
  return { ...env, SCHEDULE_ROSTER: { getByName: () => roster } as unknown as Env["SCHEDULE_ROSTER"] };
}

const fresh = () => `t-${crypto.randomUUID()}`;
const found = async (task: string) =>
  callSchedule(env, declaredSchedule(env, task), async (schedule) => schedule.describe());
const idOf = (task: string) => formatScheduleId(declaredSchedule(env, task).toString());
const YEARLY = "0 0 1 1 *";

describe("a schedule of the code", () => {
  test("is live once an isolate has had its first event, changes with the code, and is gone with it", async () => {
    const [one, two] = [fresh(), fresh()];
    const there = deployment();
    await syncSchedules(there, codeOf({ [one]: YEARLY, [two]: { pattern: YEARLY, timezone: "Asia/Tokyo" } }));
    expect(await found(one)).toMatchObject({ isActive: true, spec: { type: "DECLARATIVE", timezone: "UTC" } });
    expect(await found(two)).toMatchObject({ spec: { timezone: "Asia/Tokyo", catchUp: "latest", overlap: "allow" } });
    await syncSchedules(there, codeOf({ [one]: "0 12 1 1 *" }));
    expect(await found(one)).toMatchObject({ spec: { cron: "0 12 1 1 *" } });
    expect(await found(two)).toBeNull();
    await syncSchedules(there, codeOf({ [two]: YEARLY }));
    expect([await found(one), await found(two)]).toMatchObject([null, { isActive: true }]);
  });

  test("is gone from the list when the code has none any more, though such code asks for nothing by itself", async () => {
    const one = fresh();
    const there = deployment();
    const listed = async (code: Registry) => {
      const { data } = await new Schedules(there, code).list({ perPage: 100 });
      return data.some(({ id }) => id === idOf(one));
    };
    expect(await listed(codeOf({ [one]: YEARLY }))).toBe(true);
    const without = codeOf({});
    await syncSchedules(there, without);
    expect(await found(one)).not.toBeNull();
    expect(await listed(without)).toBe(false);
  });

  test("stays deactivated through a deploy that changes it", async () => {
    const one = fresh();
    const there = deployment();
    const code = codeOf({ [one]: YEARLY });
    await syncSchedules(there, code);
    await new Schedules(there, code).setActive(idOf(one), false);
    await syncSchedules(there, codeOf({ [one]: "0 12 1 1 *" }));
    expect(await found(one)).toMatchObject({ isActive: false, spec: { cron: "0 12 1 1 *" } });
  });

  test("is asked for once in an isolate, and again by what heals", async () => {
    const one = fresh();
    const there = deployment();
    const [older, newer] = [codeOf({ [one]: YEARLY }), codeOf({ [one]: "0 12 1 1 *" })];
    await syncSchedules(there, newer);
    await syncSchedules(there, older);
    await syncSchedules(there, newer);
    expect(await found(one)).toMatchObject({ spec: { cron: YEARLY } });
    await healSchedules(there, newer);
    expect(await found(one)).toMatchObject({ spec: { cron: "0 12 1 1 *" } });
  });

  test("is told later when its object was away", async () => {
    const one = fresh();
    const there = deployment();
    const roster = there.SCHEDULE_ROSTER.getByName("");
    const bind = (keepers: Env["SCHEDULE_KEEPER"]) =>
      runInDurableObject(roster, (object) => {
        (object as unknown as { env: object }).env = { ...env, SCHEDULE_KEEPER: keepers };
      });
    const lost = { set: () => Promise.reject(new Error("lost")) };
    await bind({ ...keepersOf(), get: () => lost } as unknown as Env["SCHEDULE_KEEPER"]);
    await syncSchedules(there, codeOf({ [one]: YEARLY }));
    const owed = await runInDurableObject(roster, (object) => (object as unknown as { roster: Roster }).roster.owed);
    expect([owed, await found(one)]).toEqual([[one], null]);
    await bind(env.SCHEDULE_KEEPER);
    expect(await runDurableObjectAlarm(roster)).toBe(true);
    expect(await found(one)).toMatchObject({ isActive: true });
    expect(await runInDurableObject(roster, (_, { storage }) => storage.getAlarm())).toBeNull();
  });
});

test("storage that refuses once does not keep the schedules of the code from being told later", async () => {
  const [one, two] = [fresh(), fresh()];
  const there = deployment();
  const roster = there.SCHEDULE_ROSTER.getByName("");
  const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
  // What it is declared is stored; what is told then is not, twice.
  const refuseAfter = (writes: number, refusals: number) =>
    runInDurableObject(roster, (object) => {
      const { row } = object as unknown as { row: { create(value: unknown): void; write(value: unknown): void } };
      const { create, write } = StateRow.prototype as typeof row;
      let calls = 0;
      const watch = (verb: typeof write) =>
        function (this: unknown, value: unknown) {
          calls += 1;
          if (calls > writes && calls <= writes + refusals) throw new Error("storage refuses");
          verb.call(row, value);
        };
      Object.assign(row, { create: watch(create), write: watch(write) });
    });
  await refuseAfter(1, 2);
  await syncSchedules(there, codeOf({ [one]: YEARLY }));
  expect(await runDurableObjectAlarm(roster)).toBe(true);
  expect(error).toHaveBeenCalledWith(expect.stringContaining("will be tried again"), expect.any(Error));
  expect(await runInDurableObject(roster, (_, { storage }) => storage.getAlarm())).not.toBeNull();
  await syncSchedules(there, codeOf({ [two]: YEARLY }));
  expect([await found(one), await found(two)]).toMatchObject([null, { isActive: true }]);
  const owed = await runInDurableObject(roster, (object) => (object as unknown as { roster: Roster }).roster.owed);
  expect(owed).toEqual([]);
});

test("a schedule that is gone from the code does not tick once more, though nothing else has happened since the deploy", async () => {
  const [task, before] = [fresh(), currentDeployment()];
  await callRoster(env, (roster) =>
    roster.declare(`code with ${task}`, codeOf({ [task]: "0 * * * *" }).schedules.declared),
  );
  const schedule = await new HeldSchedule(declaredSchedule(env, task)).hold();
  expect(await found(task)).toMatchObject({ isActive: true });
  deploy(codeOf({}));
  try {
    await schedule.wakeAt(1);
    expect([await found(task), await schedule.hoursWithRuns(1), await schedule.alarm()]).toEqual([null, [], null]);
  } finally {
    deploy(before);
    await healSchedules(env, before);
  }
});

test("a schedule that a late isolate of an older version declares again is gone with its next tick, or the next healing", async () => {
  const [task, before] = [fresh(), currentDeployment()];
  const older = codeOf({ [task]: "0 * * * *" }).schedules.declared;
  const declareLate = () => callRoster(env, (roster) => roster.declare(`late isolate with ${task}`, older));
  const newer = codeOf({});
  deploy(newer);
  try {
    await healSchedules(env, newer);
    await declareLate();
    const schedule = await new HeldSchedule(declaredSchedule(env, task)).hold();
    await schedule.wakeAt(1);
    expect([await found(task), await schedule.hoursWithRuns(1), await schedule.alarm()]).toEqual([null, [], null]);
    await declareLate();
    expect(await found(task)).toMatchObject({ isActive: true });
    await syncSchedules(env, newer);
    await healSchedules(env, newer);
    expect(await found(task)).toBeNull();
  } finally {
    deploy(before);
    await healSchedules(env, before);
  }
});

test("a tick of a schedule of the code asks the roster once, one of any other schedule does not", async () => {
  const [task, before] = [fresh(), currentDeployment()];
  const code = codeOf({ [task]: "0 * * * *" });
  deploy(code);
  try {
    await healSchedules(env, code);
    const schedule = new HeldSchedule(declaredSchedule(env, task));
    const other = await new HeldSchedule().make();
    const calls: string[] = [];
    const watchedRoster = { getByName: (name: string) => calls.push(name) && env.SCHEDULE_ROSTER.getByName(name) };
    const bindings = { SCHEDULE_ROSTER: watchedRoster as unknown as Env["SCHEDULE_ROSTER"] };
    for (const one of [schedule, other]) {
      await one.hold(bindings);
      await one.wakeAt(1);
    }
    expect(calls).toEqual(["roster"]);
    expect((await schedule.run(1))?.taskIdentifier).toBe(task);
  } finally {
    deploy(before);
    await healSchedules(env, before);
  }
});

test("code without schedules has no row, and no object but when it is healed", async () => {
  const there = deployment();
  const calls: string[] = [];
  const watched = { getByName: (name: string) => calls.push(name) && there.SCHEDULE_ROSTER.getByName(name) };
  const seen = { ...there, SCHEDULE_ROSTER: watched as unknown as Env["SCHEDULE_ROSTER"] };
  const code = codeOf({});
  await syncSchedules(seen, code);
  expect(calls).toEqual([]);
  await healSchedules(seen, code);
  expect(calls).toEqual(["roster"]);
  await new Schedules(seen, code).list({});
  const tables = await runInDurableObject(there.SCHEDULE_ROSTER.getByName(""), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'state'").toArray(),
  );
  expect(tables).toEqual([]);
});

test("the Worker makes its schedules live beside its first answer", async () => {
  const worker = (await import("../support/worker.ts")).default;
  const context = createExecutionContext();
  await worker.fetch(new Request("http://runlet.test/health"), env, context);
  await waitOnExecutionContext(context);
  expect(await found("leap-report")).toMatchObject({
    spec: { cron: "30 2 29 2 *", timezone: "Europe/Berlin", window: "1h", overlap: "skip" },
  });
  await worker.scheduled({} as ScheduledController, env);
});

function keepersOf(): object {
  return { idFromName: (name: string) => env.SCHEDULE_KEEPER.idFromName(name) };
}
