import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { ScheduleKeeper, ScheduleRoster } from "../../worker/create-worker.ts";
import { countRequests, countStorage, resetCounts, total, type Counts } from "../support/counting.ts";
import { HeldSchedule } from "../support/held-schedule.ts";
import { call, countEverything, quiet, requestsOf, trigger } from "./counted-calls.ts";

beforeAll(async () => {
  await countEverything();
  countRequests("ScheduleKeeper", ScheduleKeeper);
  countRequests("ScheduleRoster", ScheduleRoster);
  await trigger("hello", { name: "Ada" }, crypto.randomUUID());
  await quiet(1);
});

beforeEach(async () => {
  await quiet(0);
  resetCounts();
});

/** A schedule whose rows are counted by themselves. */
async function counted(fields: object = {}): Promise<HeldSchedule> {
  const schedule = await new HeldSchedule().make(fields);
  await runInDurableObject(schedule.stub, (keeper, { storage }) => countStorage(storage, keeper, "schedule"));
  await quiet(0);
  resetCounts();
  return schedule;
}

const ofSchedule = ({ rowsWritten }: Counts) => total(rowsWritten, "schedule: ");
const ofGroups = (counts: Counts) => total(counts.rowsWritten) - ofSchedule(counts);

test("an isolate that has made the schedules of the code live asks for nothing more", async () => {
  await call("/api/v1/runs", {});
  await trigger("hello", { name: "Ada" }, crypto.randomUUID());
  const counts = await quiet(1);
  expect([requestsOf("ScheduleRoster", counts), requestsOf("ScheduleKeeper", counts)]).toEqual([{}, {}]);
});

test("a tick costs 4 rows in its schedule, one request there, and one row in the index beside those of its run", async () => {
  const schedule = await counted();
  await schedule.fireAt(1);
  const counts = await quiet(2);
  expect(ofSchedule(counts)).toBe(4);
  expect(requestsOf("ScheduleKeeper", counts)).toEqual({ "ScheduleKeeper.alarm": 1 });
  resetCounts();
  await trigger("hello", { name: "Ada" }, crypto.randomUUID());
  const plain = await quiet(1);
  // A group of its own has tables of its own; the run in it costs what any run costs.
  expect(counts.indexRows).toBe(plain.indexRows + 1);
  expect(ofGroups(counts)).toBeGreaterThanOrEqual(ofGroups(plain));
});

test("a tick whose end is to be known costs a row and a request more", async () => {
  const schedule = await counted({ overlap: "skip" });
  await schedule.fireAt(1);
  await schedule.reached();
  const counts = await quiet(2);
  expect(ofSchedule(counts)).toBe(5);
  expect(requestsOf("ScheduleKeeper", counts)).toEqual({ "ScheduleKeeper.alarm": 1, "ScheduleKeeper.runEnded": 1 });
});

test("a tick that is left out costs two rows, and an alarm that comes too early one", async () => {
  const schedule = await counted({ catchUp: "none" });
  await schedule.fireAt(0.5);
  expect(ofSchedule(await quiet(0))).toBe(1);
  resetCounts();
  await schedule.fireAt(1.5);
  expect(ofSchedule(await quiet(0))).toBe(2);
});

test("what a schedule does already is set anew without a row", async () => {
  const schedule = await counted();
  const spec = (await schedule.state())?.spec;
  if (spec === undefined) throw new Error("There is no schedule.");
  await schedule.stub.set(spec);
  await schedule.stub.setActive(true);
  const counts = await quiet(0);
  expect([ofSchedule(counts), counts.indexRows]).toEqual([0, 0]);
});

test("between ticks a schedule does nothing", async () => {
  await counted();
  const counts = await quiet(0);
  expect([counts.rowsWritten, requestsOf("ScheduleKeeper", counts)]).toEqual([{}, {}]);
  expect(await env.RUN_INDEX.prepare("SELECT 1").first()).not.toBeNull();
});

// Their databases are two hundred files, which takes a busy machine its time.
test("two hundred schedules do nothing between ticks, have nothing armed before the next, and wake nobody but the one that ticks", async () => {
  const nextYear = Date.UTC(new Date().getUTCFullYear() + 1);
  const spec = { type: "IMPERATIVE", task: "tick", cron: "0 0 1 1 *", timezone: "UTC" } as const;
  const many = Array.from({ length: 200 }, () => env.SCHEDULE_KEEPER.getByName(`key:${crypto.randomUUID()}`));
  await Promise.all(many.map((schedule) => schedule.set({ ...spec, catchUp: "latest", overlap: "allow" })));
  const one = await counted();
  const { rowsWritten, rowsRead, objectRequests, queueMessages, indexRows } = await quiet(0);
  expect([rowsWritten, rowsRead, objectRequests, queueMessages, indexRows]).toEqual([{}, 0, {}, 0, 0]);
  await one.fireAt(1);
  expect(requestsOf("ScheduleKeeper", await quiet(2))).toEqual({ "ScheduleKeeper.alarm": 1 });
  for (const schedule of many) {
    expect(await runInDurableObject(schedule, (_, { storage }) => storage.getAlarm())).toBe(nextYear);
  }
}, 60_000);
