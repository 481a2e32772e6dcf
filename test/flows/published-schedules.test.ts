import { configure, schedules } from "@trigger.dev/sdk";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { fresh } from "./api.ts";

// The client of the API that Runlet speaks, as it is on npm.
beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
});

const SOON = { timeout: 10_000 };

const yearly = (deduplicationKey: string) => ({ task: "tick", cron: "0 12 24 12 *", deduplicationKey });

test("the published client makes a schedule, and one more time with its key it is the same one", async () => {
  const deduplicationKey = fresh("key");
  const made = await schedules.create({ ...yearly(deduplicationKey), timezone: "Europe/Berlin", externalId: "ada" });
  expect(made).toMatchObject({
    ...{
      type: "IMPERATIVE",
      task: "tick",
      active: true,
      deduplicationKey,
      externalId: "ada",
      timezone: "Europe/Berlin",
    },
    generator: { type: "CRON", expression: "0 12 24 12 *" },
  });
  expect(made.nextRun?.toISOString()).toMatch(/-12-24T11:00:00.000Z$/);
  expect(made.nextRunEffectiveAt).toEqual(made.nextRun);
  const again = await schedules.create({ ...yearly(deduplicationKey), timezone: "America/New_York" });
  expect([again.id, again.externalId]).toEqual([made.id, undefined]);
  expect(again.nextRun?.toISOString()).toMatch(/-12-24T17:00:00.000Z$/);
  const racing = await Promise.all(Array.from({ length: 5 }, () => schedules.create(yearly(deduplicationKey))));
  expect(new Set(racing.map(({ id }) => id))).toEqual(new Set([made.id]));
  expect(await schedules.retrieve(made.id)).toEqual(racing[0]);
});

test("it updates, deactivates, activates and deletes a schedule", async () => {
  const { id, deduplicationKey } = await schedules.create(yearly(fresh("key")));
  const updated = await schedules.update(id, {
    task: "slow-tick",
    cron: "30 6 * * MON",
    externalId: "bob",
    window: "2h",
  });
  expect(updated).toMatchObject({ id, task: "slow-tick", externalId: "bob", window: "2h", deduplicationKey });
  const delay = Number(updated.nextRunEffectiveAt) - Number(updated.nextRun);
  expect(delay).toBeGreaterThanOrEqual(0);
  expect(delay).toBeLessThan(2 * 3_600_000);
  expect(await schedules.deactivate(id)).toMatchObject({ active: false, nextRun: null });
  expect(await schedules.retrieve(id)).toMatchObject({ active: false });
  expect(await schedules.activate(id)).toMatchObject({ active: true, nextRun: updated.nextRun });
  expect(await schedules.del(id)).toEqual({ id });
  await expect(schedules.retrieve(id)).rejects.toMatchObject({ status: 404 });
  await expect(schedules.del(id)).rejects.toMatchObject({ status: 404 });
});

test("it lists schedules page by page, those of the code among them", async () => {
  const made = await Promise.all([1, 2, 3].map(() => schedules.create(yearly(fresh("key")))));
  // Schedules of other tests come and go meanwhile.
  await expect
    .poll(async () => {
      const found = new Map<string, string>();
      for await (const { id, type } of schedules.list({ perPage: 2 })) found.set(id, type);
      return [made.map(({ id }) => found.get(id)), [...found.values()].includes("DECLARATIVE")];
    }, SOON)
    .toEqual([["IMPERATIVE", "IMPERATIVE", "IMPERATIVE"], true]);
  const { pagination } = await schedules.list({ perPage: 2 });
  expect(pagination).toMatchObject({ currentPage: 1, totalPages: Math.ceil(pagination.count / 2) });
});

test("it asks for time zones without a key", async () => {
  const { timezones } = await schedules.timezones();
  expect([timezones[0], timezones.includes("Europe/Berlin")]).toEqual(["UTC", true]);
  expect((await schedules.timezones({ excludeUtc: true })).timezones).not.toContain("UTC");
});

describe("it is told what cannot be used, and where", () => {
  const refused = (fields: object) => schedules.create({ ...yearly(fresh("key")), ...fields });

  test.each([
    ["a pattern", { cron: "0 25 * * *" }, 400, 'is wrong in its hour, "25": "25" must be 0-23'],
    ["a step", { cron: "0 0 * * */8" }, 400, 'the step of "*/8" is more than the 7 values that there are'],
    ["a pattern with seconds", { cron: "0 0 0 * * *" }, 400, "there is no field for seconds"],
    ["a time zone", { timezone: "Europe/Berln" }, 400, 'Did you mean "Europe/Berlin"'],
    ["a window", { window: "25h" }, 400, "window must be minutes or hours up to 24 hours"],
    ["a task that is none", { task: "tok" }, 404, 'There is no task "tok"'],
    ["a task that takes no schedule", { task: "hello" }, 422, "none of schedules.task()"],
    ["an empty key", { deduplicationKey: "" }, 400, "deduplicationKey must be a text of 1-512 characters"],
    ["a field that is none", { every: "day" }, 400, 'Unknown field "every"'],
  ])("%s", async (_, fields, status, message) => {
    await expect(refused(fields)).rejects.toMatchObject({ status, message: expect.stringContaining(message) });
  });

  test("a schedule of the code that is to be changed", async () => {
    let declared = "";
    for await (const { id, task } of schedules.list()) if (task === "leap-report") declared = id;
    const change = schedules.update(declared, { task: "leap-report", cron: "* * * * *" });
    await expect(change).rejects.toMatchObject({ status: 422, message: expect.stringContaining("leap-report") });
    await expect(schedules.del(declared)).rejects.toMatchObject({ status: 422 });
    expect(await schedules.deactivate(declared)).toMatchObject({ active: false });
    expect(await schedules.activate(declared)).toMatchObject({ active: true, type: "DECLARATIVE" });
  });

  test.each(["sched_1", "nothing", `sched_${"A".repeat(43)}`])("an id that is none: %s", async (id) => {
    await expect(schedules.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });
});
