import * as published from "@trigger.dev/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPlatform, type Platform } from "../../scripts/platform.ts";
import { configure, schedules } from "../../sdk/index.ts";

const TENANTS = 1_000;
const AT_ONCE = 50;
const PER_PAGE = 100;
/** Of a tick, on a machine that may be busy. */
const MOST_LATE_MS = 5_000;

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ worker: new URL("worker.ts", import.meta.url).pathname });
  configure({ baseURL: platform.url, accessToken: platform.key });
  published.configure({ baseURL: platform.url, accessToken: platform.key });
});

afterAll(() => platform.stop());

const optionsOf = (tenant: number, cron = "0 8 1 1 *") => ({
  ...{ task: "tick", cron, deduplicationKey: `remind ${tenant}`, externalId: `tenant-${tenant}` },
});

test(`${TENANTS} tenants have a schedule each, listed page by page, each found by its key`, async () => {
  const startedAt = performance.now();
  const ids = new Map<string, string>();
  let next = 0;
  const maker = async (): Promise<void> => {
    while (next < TENANTS) {
      const options = optionsOf(next);
      next += 1;
      ids.set((await schedules.create(options)).id, options.externalId);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, maker));
  console.info(`${TENANTS} schedules made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  expect(ids.size).toBe(TENANTS);

  const byNumber = new Map<string, string | null | undefined>();
  let page = await schedules.list({ perPage: PER_PAGE });
  expect(page.pagination).toMatchObject({ currentPage: 1, totalPages: TENANTS / PER_PAGE, count: TENANTS });
  for (;;) {
    expect(page.data).toHaveLength(PER_PAGE);
    for (const { id, externalId } of page.data) byNumber.set(id, externalId);
    if (!page.hasNextPage()) break;
    page = await page.getNextPage();
  }
  expect(byNumber).toEqual(ids);
  const found: string[] = [];
  for await (const { id } of schedules.list({ perPage: PER_PAGE })) found.push(id);
  expect([found.length, new Set(found)]).toEqual([TENANTS, new Set(ids.keys())]);

  // With its key it is the same one, and others stay as they are.
  const one = await schedules.create(optionsOf(777, "0 9 1 1 *"));
  expect([ids.get(one.id), one.generator.expression]).toEqual(["tenant-777", "0 9 1 1 *"]);
  expect((await schedules.list()).pagination.count).toBe(TENANTS);
});

test("a schedule of each minute has a run at the minute, which is found by the schedule", async () => {
  const { runs, schedules: theirs } = published;
  const schedule = await theirs.create({
    task: "tick",
    cron: "* * * * *",
    deduplicationKey: "each minute",
    externalId: "e",
  });
  const completed = () => runs.list({ schedule: schedule.id, status: ["COMPLETED"] });
  await expect.poll(async () => (await completed()).data.length, { timeout: 80_000, interval: 500 }).toBeGreaterThan(0);
  await theirs.del(schedule.id);
  const { data } = await completed();
  const run = await runs.retrieve(data.at(-1)?.id ?? "");
  expect(run.payload).toMatchObject({
    ...{ scheduleId: schedule.id, externalId: "e", timestamp: schedule.nextRun?.toISOString() },
  });
  expect(run.payload.upcoming).toHaveLength(10);
  expect(run.output).toEqual(run.payload);
  expect(run.schedule).toMatchObject({ id: schedule.id, externalId: "e", generator: { expression: "* * * * *" } });
  const late = run.createdAt.getTime() - Number(schedule.nextRun);
  console.info(`a tick beside ${TENANTS} other schedules was ${late} ms late`);
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(MOST_LATE_MS);
  const { id: replay } = await runs.replay(run.id);
  expect((await runs.poll(replay, { pollIntervalMs: 50 })).output).toEqual(run.payload);
});
