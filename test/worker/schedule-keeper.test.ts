import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { encodePacket } from "../../sdk/lib/packet.ts";
import type { ScheduleApi } from "../../worker/engine/schedule-api.ts";
import { runObjectSchema } from "../../sdk/lib/wire.ts";
import { textOf } from "../../worker/engine/tell-run.ts";
import { watched } from "../support/held-bulk.ts";
import { eventually } from "../support/held-group.ts";
import { HeldSchedule } from "../support/held-schedule.ts";

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const made = (fields = {}) => new HeldSchedule().make(fields);

describe("a tick", () => {
  test("has one run, with the time of the pattern and the ten ticks to come", async () => {
    const schedule = await made({ externalId: "ada" });
    expect(await schedule.alarm()).toBe(1);
    await schedule.wakeAt(1 + 20 / 3600);
    const run = await schedule.run(1);
    const upcoming = Array.from({ length: 10 }, (_, i) => new Date(schedule.time(i + 2)).toISOString());
    expect(run?.payload).toEqual({
      ...{ scheduleId: schedule.id, type: "IMPERATIVE", timestamp: new Date(schedule.time(1)).toISOString() },
      ...{ timezone: "UTC", externalId: "ada", upcoming },
    });
    expect(run?.schedule).toMatchObject({ id: schedule.id, externalId: "ada", generator: { expression: "0 * * * *" } });
    // Though this one came late, the next one does not.
    expect(await schedule.alarm()).toBe(2);
    await schedule.wakeAt(2);
    const second = await schedule.run(2);
    expect(second?.payload).toMatchObject({ lastTimestamp: new Date(schedule.time(1)).toISOString() });
  });

  test("whose alarm comes twice, early or after an eviction has one run", async () => {
    const schedule = await made();
    await schedule.wakeAt(0.5);
    expect([await schedule.phases(), await schedule.alarm()]).toEqual([[], 1]);
    await schedule.wakeAt(1);
    const first = await schedule.run(1);
    await schedule.evict();
    await schedule.wakeAt(1);
    expect((await schedule.run(1))?.createdAt).toEqual(first?.createdAt);
    expect(await schedule.hoursWithRuns(3)).toEqual([1]);
  });

  test("whose run cannot be made is owed until it can", async () => {
    const schedule = await made();
    await schedule.hold({ RUN_GROUP: watched(() => Promise.reject(new Error("lost"))) });
    await schedule.wakeAt(1);
    expect(await schedule.phases()).toEqual(["1 owed"]);
    await schedule.wakeAt(1 + 5 / 3600);
    expect(await schedule.phases()).toEqual(["1 owed"]);
    await schedule.hold({});
    await schedule.wakeAt(1 + 15 / 3600);
    expect([await schedule.phases(), await schedule.hoursWithRuns(2)]).toEqual([[], [1]]);
    expect(await schedule.alarm()).toBe(2);
  });

  test("whose reply is lost has one run", async () => {
    const schedule = await made();
    const lose = async (call: () => Promise<unknown>) => {
      await call();
      throw new Error("lost");
    };
    await schedule.hold({ RUN_GROUP: watched(lose) });
    await schedule.wakeAt(1);
    const first = await schedule.run(1);
    expect([await schedule.phases(), first?.status]).toEqual([["1 owed"], expect.any(String)]);
    await schedule.hold({});
    await schedule.wakeAt(1 + 1 / 60);
    expect([await schedule.phases(), (await schedule.run(1))?.createdAt]).toEqual([[], first?.createdAt]);
  });

  test("in the middle of which the object dies has its run after that", async () => {
    const schedule = await made();
    let calls = 0;
    const hang = async () => {
      calls += 1;
      for (;;) await scheduler.wait(1_000);
    };
    await schedule.hold({ RUN_GROUP: watched(hang) });
    schedule.setHour(1);
    const firing = schedule.inside((object) => (object as unknown as { alarm(): Promise<void> }).alarm());
    const broken = firing.catch(() => "broken");
    await eventually(async () => (calls > 0 ? true : undefined));
    await schedule.crash();
    expect(await broken).toBe("broken");
    await schedule.hold({});
    expect(await schedule.phases()).toEqual(["1 owed"]);
    await schedule.wakeAt(1 + 1 / 60);
    expect([await schedule.phases(), await schedule.hoursWithRuns(2)]).toEqual([[], [1]]);
  });

  test("of a task that the deployment lacks is left out, and the schedule goes on", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const schedule = await made({ task: "not-deployed" });
    await schedule.wakeAt(1);
    expect([await schedule.phases(), await schedule.hoursWithRuns(2), await schedule.alarm()]).toEqual([[], [], 2]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('There is no task "not-deployed"'));
  });
});

test("an alarm that finds a slow start under way comes again after 5 s, not at once", async () => {
  const fields = { task: "slow-tick", externalId: `nobody-${crypto.randomUUID()}`, overlap: "queue" } as const;
  const schedule = await made(fields);
  for (const hour of [1, 2]) await schedule.wakeAt(hour);
  let calls = 0;
  let goOn: (() => void) | undefined;
  const slow = async (call: () => Promise<unknown>) => {
    calls += 1;
    await new Promise<void>((resolve) => (goOn = resolve));
    return call();
  };
  await schedule.hold({ RUN_GROUP: watched(slow) });
  await schedule.inside((object) => (object as unknown as ScheduleApi).runEnded(schedule.time(1)));
  expect([calls, await schedule.phases()]).toEqual([1, ["2 owed"]]);
  const late = 2 + 6 / 3600;
  await schedule.wakeAt(late);
  expect([calls, await schedule.alarm()]).toEqual([1, late + 5 / 3600]);
  await schedule.inside(() => goOn?.());
  await schedule.reached("2 running");
  expect(await schedule.alarm()).toBe(3);
});

// Scenario 39.
test("a pattern of each minute comes every 60 s exactly, each run told of the one before; after years it goes on with one", async () => {
  const schedule = await made({ cron: "* * * * *" });
  const minute = (n: number) => n / 60;
  const iso = (n: number) => new Date(schedule.time(minute(n))).toISOString();
  for (const n of [1, 2, 3]) {
    expect(await schedule.alarm()).toBeCloseTo(minute(n), 9);
    // Though it is looked at somewhat late.
    await schedule.wakeAt(minute(n) + 0.4 / 3600);
    const { payload } = (await schedule.run(minute(n))) ?? {};
    expect(payload).toMatchObject({ timestamp: iso(n) });
    if (n === 1) expect(payload).not.toHaveProperty("lastTimestamp");
    else expect(payload).toMatchObject({ lastTimestamp: iso(n - 1) });
  }
  const years = 3 * 365 * 24 * 60;
  await schedule.wakeAt(minute(years + 0.5));
  const { payload } = (await schedule.run(minute(years))) ?? {};
  expect(payload).toMatchObject({ timestamp: iso(years), lastTimestamp: iso(3) });
  const others = [4, 5, years - 2, years - 1];
  expect(await Promise.all(others.map((n) => schedule.run(minute(n))))).toEqual(others.map(() => undefined));
  expect(await schedule.alarm()).toBeCloseTo(minute(years + 1), 9);
});

describe("after an outage", () => {
  test.each([
    ["none", []],
    ["latest", [5]],
    ["all", [1, 2, 3, 4, 5]],
  ])("with catchUp %s these ticks have runs", async (catchUp, hours) => {
    const schedule = await made({ catchUp });
    await schedule.wakeAt(5.5);
    expect(await schedule.hoursWithRuns(6)).toEqual(hours);
    expect(await schedule.alarm()).toBe(6);
  });

  test("each run knows the one before", async () => {
    const schedule = await made({ catchUp: "all" });
    await schedule.wakeAt(2.5);
    expect((await schedule.run(2))?.payload).toMatchObject({ lastTimestamp: new Date(schedule.time(1)).toISOString() });
  });
});

describe("while a run is under way", () => {
  // These runs stay where they are, in a queue of nobody: their task tells, and nobody answers.
  const slow = (fields: object) => made({ task: "slow-tick", externalId: `nobody-${crypto.randomUUID()}`, ...fields });
  const cancel = async (schedule: HeldSchedule, hour: number) => {
    await env.RUN_GROUP.get(env.RUN_GROUP.idFromString(groupOf(schedule, hour))).cancel("k");
  };

  test("allow: the next starts beside it", async () => {
    const schedule = await slow({ overlap: "allow" });
    await schedule.wakeAt(1);
    await schedule.wakeAt(2);
    expect([await schedule.hoursWithRuns(3), await schedule.phases()]).toEqual([[1, 2], []]);
  });

  test("skip: ticks are left out until its end was told", async () => {
    const schedule = await slow({ overlap: "skip" });
    await schedule.wakeAt(1);
    await schedule.wakeAt(2);
    expect([await schedule.hoursWithRuns(3), await schedule.phases()]).toEqual([[1], ["1 running"]]);
    await cancel(schedule, 1);
    await schedule.reached();
    await schedule.wakeAt(3);
    expect(await schedule.hoursWithRuns(3)).toEqual([1, 3]);
  });

  test("queue: ticks wait, and each starts when the one before has ended, without an alarm", async () => {
    const schedule = await slow({ overlap: "queue" });
    for (const hour of [1, 2, 3]) await schedule.wakeAt(hour);
    expect(await schedule.phases()).toEqual(["1 running", "2 waiting", "3 waiting"]);
    await cancel(schedule, 1);
    await schedule.reached("2 running", "3 waiting");
    await cancel(schedule, 2);
    await schedule.reached("3 running");
    expect(await schedule.hoursWithRuns(4)).toEqual([1, 2, 3]);
  });

  test("cancel-running: it is canceled, and the newest tick has its run", async () => {
    const schedule = await slow({ overlap: "cancel-running" });
    await schedule.wakeAt(1);
    await schedule.wakeAt(2);
    await schedule.reached("2 running");
    expect([(await schedule.run(1))?.status, await schedule.hoursWithRuns(3)]).toEqual(["CANCELED", [1, 2]]);
  });

  test("cancel-running: a run that cannot be reached is tried again", async () => {
    const schedule = await slow({ overlap: "cancel-running" });
    await schedule.wakeAt(1);
    await schedule.hold({ RUN_GROUP: watched(() => Promise.reject(new Error("lost"))) });
    await schedule.wakeAt(2);
    expect(await schedule.phases()).toEqual(["1 ending", "2 waiting"]);
    await schedule.hold({});
    await schedule.wakeAt(2 + 1 / 60);
    await schedule.reached("2 running");
  });
});

function groupOf(schedule: HeldSchedule, hour: number): string {
  return env.RUN_GROUP.idFromName(`schedule:${schedule.object.toString()}:${schedule.time(hour)}`).toString();
}

test("a payload comes to the task with real dates", async () => {
  const schedule = await made();
  await schedule.wakeAt(1);
  const group = env.RUN_GROUP.get(env.RUN_GROUP.idFromString(groupOf(schedule, 1)));
  const told = await group.retrieve("k", 0, true);
  const run = runObjectSchema.parse(JSON.parse(told === null ? "" : textOf(told)));
  expect(run.payloadPacket?.type).toBe(encodePacket(new Date()).type);
  expect(run.payloadPacket?.data).toContain('"timestamp":["Date"]');
});
