import { beforeAll, describe, expect, test } from "vitest";
import { runs, schedules, type ScheduledTaskPayload } from "../../sdk/index.ts";
import { leapReport, plan, planAndDrop, tick } from "../support/tasks-schedules.ts";
import { call, connect, fresh, outputOf } from "./api.ts";

beforeAll(connect);

const PAYLOAD: ScheduledTaskPayload = {
  ...{ scheduleId: "sched_by-hand", type: "IMPERATIVE", timezone: "Asia/Tokyo", externalId: "Ada" },
  timestamp: new Date("2026-06-01T23:00:00Z"),
  upcoming: [new Date("2026-06-02T23:00:00Z")],
};

test("a task of a schedule is triggered by hand like any other, with real dates", async () => {
  expect(await outputOf(await tick.trigger(PAYLOAD))).toEqual(PAYLOAD);
  expect(await outputOf(await leapReport.trigger(PAYLOAD))).toEqual(PAYLOAD);
});

test("a schedule that a run makes is one, however often it is made", async () => {
  const key = fresh("key");
  const [one, two] = await Promise.all([plan.trigger({ key }), plan.trigger({ key })]);
  const id = await outputOf(one);
  expect(await outputOf(two)).toBe(id);
});

test("a run that waits between makes and deletes its schedule once, and meets a refusal by its code", async () => {
  const handle = await planAndDrop.trigger({ key: fresh("key") });
  expect(await outputOf(handle)).toEqual([true, true, "schedule_not_found"]);
});

describe("over HTTP with this SDK", () => {
  const make = (fields: object = {}) =>
    schedules.create({ task: "slow-tick", cron: "0 12 24 12 *", deduplicationKey: fresh("key"), ...fields });

  test("policies are those of the task unless the schedule says otherwise, and stay through an update", async () => {
    expect(await make()).toMatchObject({ catchUp: "all", overlap: "queue" });
    const made = await make({ overlap: "cancel-running", catchUp: "none" });
    expect(made).toMatchObject({ catchUp: "none", overlap: "cancel-running" });
    const updated = await schedules.update(made.id, { task: "tick", cron: "0 0 1 1 *" });
    expect(updated).toMatchObject({ task: "tick", catchUp: "none", overlap: "cancel-running" });
    expect(await schedules.update(made.id, { task: "tick", cron: "0 0 1 1 *", catchUp: "all" })).toMatchObject({
      catchUp: "all",
    });
  });

  test("lists, activates, deactivates and asks for time zones", async () => {
    const { id, nextRun } = await make();
    expect(await schedules.deactivate(id)).toMatchObject({ active: false, nextRun: null });
    expect(await schedules.activate(id)).toMatchObject({ active: true, nextRun });
    const found: string[] = [];
    for await (const schedule of schedules.list({ perPage: 3 })) found.push(schedule.id);
    expect(found).toContain(id);
    expect(new Set(found).size).toBe(found.length);
    expect((await schedules.timezones()).timezones).toContain("Asia/Tokyo");
    expect((await runs.list({ schedule: id })).data).toEqual([]);
  });

  test("lists all, though they are deleted on the way", async () => {
    const made = new Set((await Promise.all(Array.from({ length: 9 }, () => make()))).map(({ id }) => id));
    const found: string[] = [];
    for await (const { id } of schedules.list({ perPage: 2 })) {
      if (!made.has(id)) continue;
      found.push(id);
      await schedules.del(id);
    }
    expect(new Set(found)).toEqual(made);
    expect(found).toHaveLength(made.size);
  });

  test("what is no page, and what is no body, is refused by name", async () => {
    const refusals = [
      await call("GET", "/api/v1/schedules?perPage=101"),
      await call("GET", "/api/v1/schedules?sort=up"),
      await call("GET", "/api/v1/schedules?after=there"),
      await call("GET", "/api/v1/schedules?after=there&page=1"),
      await call("POST", "/api/v1/schedules", { body: [] }),
      await call("POST", "/api/v1/schedules", { body: {} }),
      await call("POST", "/api/v1/schedules", { body: { deduplicationKey: "k", task: "tick", cron: 5 } }),
      await call("PUT", "/api/v1/schedules/x", { body: { task: "tick", cron: "0 0 1 1 *", deduplicationKey: "k" } }),
      await call("PATCH", "/api/v1/schedules"),
    ];
    expect(refusals.map(({ status, body }) => `${status} ${body.error}`)).toEqual([
      "400 perPage must be a whole number from 1 to 100.",
      '400 Unknown parameter "sort": a list of schedules takes page, perPage, after.',
      "400 after is not a cursor that a list has given.",
      "400 after takes the place of page: give one of them.",
      "400 the body must be a JSON object.",
      "400 deduplicationKey must be a text of 1-512 characters.",
      "400 cron must be a text.",
      expect.stringContaining('400 Unknown field "deduplicationKey"'),
      "405 /api/v1/schedules takes POST, GET, not PATCH.",
    ]);
  });
});
