import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { begin, outliveExpiry, timeItems } from "../support/tasks-time.ts";
import { call, connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

const soon = (ms: number) => new Date(Date.now() + ms);

// Scenario 26.
test("a delayed run is DELAYED, and starts when the time has come, not before", async () => {
  await using outside = new Outside();
  const date = soon(700);
  const handle = await begin.trigger({ outside: outside.name }, { delay: date });
  expect(await runs.retrieve(handle)).toMatchObject({ status: "DELAYED", isQueued: true, delayedUntil: date });
  const begunAt = (await outputOf(handle)) as Date;
  expect(begunAt.getTime()).toBeGreaterThanOrEqual(date.getTime());
});

test("a delay of seconds, and one that has passed", async () => {
  await using outside = new Outside();
  const handle = await begin.trigger({ outside: outside.name }, { delay: "1s" });
  const { createdAt, delayedUntil, status } = await runs.retrieve(handle);
  expect([status, Number(delayedUntil) - Number(createdAt)]).toEqual(["DELAYED", 1_000]);
  expect((await finish(handle)).status).toBe("COMPLETED");
  const past = await begin.trigger({ outside: outside.name }, { delay: "2020-01-01T00:00:00Z" });
  expect((await finish(past)).status).toBe("COMPLETED");
});

// Scenario 27.
test("a run with a delay that is longer than its time to live starts, and one that was cancelled meanwhile does not", async () => {
  await using outside = new Outside();
  const canceled = await begin.trigger({ outside: outside.name }, { delay: soon(3_100), ttl: 3 });
  const handle = await begin.trigger({ outside: outside.name }, { delay: soon(3_200), ttl: 3 });
  await runs.cancel(canceled);
  expect((await finish(handle)).status).toBe("COMPLETED");
  expect(await finish(canceled)).toMatchObject({ status: "CANCELED", attemptCount: 0 });
  expect(outside.count("begun")).toBe(1);
});

test("a run that is delayed for months is there, and can be canceled", async () => {
  await using outside = new Outside();
  const handle = await begin.trigger({ outside: outside.name }, { delay: "26w" });
  expect((await runs.retrieve(handle)).status).toBe("DELAYED");
  await runs.cancel(handle);
  expect(await finish(handle)).toMatchObject({ status: "CANCELED", attemptCount: 0 });
  expect(outside.count("begun")).toBe(0);
});

// Scenario 26.
test("a rescheduled run starts at the new time; the old one passes unheeded", async () => {
  await using outside = new Outside();
  const handle = await begin.trigger({ outside: outside.name }, { delay: soon(300) });
  const later = soon(1_200);
  expect(await runs.reschedule(handle, { delay: later })).toMatchObject({ status: "DELAYED", delayedUntil: later });
  const begunAt = (await outputOf(handle)) as Date;
  expect(begunAt.getTime()).toBeGreaterThanOrEqual(later.getTime());
  expect(outside.count("begun")).toBe(1);
});

test("a run can be rescheduled to start now, and no more once it has", async () => {
  await using outside = new Outside();
  const handle = await begin.trigger({ outside: outside.name }, { delay: "1h" });
  await runs.reschedule(handle, { delay: "0s" });
  expect((await finish(handle)).status).toBe("COMPLETED");
  await expect(runs.reschedule(handle, { delay: "1h" })).rejects.toMatchObject({
    status: 400,
    code: "run_not_delayed",
    message: expect.stringContaining("COMPLETED"),
  });
});

test("reschedules that cannot be are told so", async () => {
  const unknown = `/api/v1/runs/run_${"A".repeat(43)}_k/reschedule`;
  expect(await call("POST", unknown, { body: { delay: "1h" } })).toMatchObject({ status: 404 });
  await using outside = new Outside();
  const { id } = await begin.trigger({ outside: outside.name }, { delay: "1h" });
  const path = `/api/v1/runs/${id}/reschedule`;
  for (const body of [{}, { delay: 5 }, { delay: "soon" }, { delay: "1h", ttl: "1h" }, "[]"]) {
    const { status, body: answer } = await call("POST", path, { body });
    expect([status, answer.code]).toEqual([400, expect.stringMatching(/invalid_field|unknown_field/)]);
  }
  expect((await runs.retrieve(id)).status).toBe("DELAYED");
  await runs.cancel(id);
});

// Scenario 28.
test("a run that does not start within its time to live is EXPIRED, and never starts", async () => {
  await using outside = new Outside();
  const date = soon(200);
  const handle = await begin.trigger({ outside: outside.name }, { delay: date, ttl: 0.001 });
  const run = await finish(handle);
  // Scenario 27: its time begins when it could start.
  expect(Number(run.expiredAt)).toBeGreaterThanOrEqual(date.getTime());
  expect(run).toMatchObject({ status: "EXPIRED", isCompleted: true, isFailed: true, attemptCount: 0 });
  expect(run.expiredAt).toBeInstanceOf(Date);
  expect(run.error).toMatchObject({ name: "RunExpiredError" });
  expect(outside.count("begun")).toBe(0);
});

// Scenario 12.
test("a parent goes on when the child that it waits for expires", async () => {
  expect(await outputOf(await outliveExpiry.trigger())).toEqual(["RunExpiredError", "RunExpiredError", true]);
});

test("a run that starts in time never expires, and one without a limit does not either", async () => {
  await using outside = new Outside();
  const handles = [
    await begin.trigger({ outside: outside.name }, { ttl: "10m" }),
    await begin.trigger({ outside: outside.name }, { ttl: 0 }),
  ];
  for (const handle of handles) expect((await finish(handle)).status).toBe("COMPLETED");
  expect((await runs.retrieve(handles[0] ?? "")).ttl).toBe("600s");
});

test("items of a batch have delays and times to live of their own", async () => {
  await using outside = new Outside();
  expect(await outputOf(await timeItems.trigger({ outside: outside.name }))).toEqual([true, true]);
});
