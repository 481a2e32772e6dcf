import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { loseToChild, nap, napAndFail, napTogether, outwaitChild, overrun, waitLong } from "../support/tasks-time.ts";
import { connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

// Scenario 32.
test("a run waits for times one after the other, in one attempt", async () => {
  await using outside = new Outside();
  const handle = await nap.trigger({ outside: outside.name, ms: 300 });
  await expect.poll(async () => (await runs.retrieve(handle)).status, { interval: 20 }).toBe("WAITING");
  const { slept, attempt } = (await outputOf(handle)) as { slept: number; attempt: number };
  expect(slept).toBeGreaterThanOrEqual(600);
  expect(attempt).toBe(1);
  expect(outside.count("pass")).toBe(3);
});

test("waits with one key end at one time, whichever run they are in, and are over for those that come later", async () => {
  await using outside = new Outside();
  const payload = { outside: outside.name, key: fresh("nap") };
  const long = { ...payload, seconds: 3_600, ttl: "1d" };
  const first = await napTogether.trigger({ ...payload, seconds: 0.5, ttl: "1d" });
  await expect.poll(async () => (await runs.retrieve(first)).status, { interval: 20 }).toBe("WAITING");
  const second = await napTogether.trigger(long);
  expect(await Promise.all([first, second].map(outputOf))).toEqual(["won", "won"]);
  expect(await outputOf(await napTogether.trigger(long))).toBe("won");
  expect(outside.count("awake")).toBe(3);
});

test("a wait with a key is made anew when the time of the key is over", async () => {
  await using outside = new Outside();
  const payload = { outside: outside.name, key: fresh("nap"), ttl: "1s" };
  const handle = await napTogether.trigger({ ...payload, seconds: 3_600 });
  await expect.poll(async () => (await runs.retrieve(handle)).status, { interval: 20 }).toBe("WAITING");
  const held = Date.now();
  await expect.poll(() => Date.now() - held, { timeout: 5_000 }).toBeGreaterThan(1_000);
  // The first one waits on; this one has the key now, and waits for its own time.
  const next = await napTogether.trigger({ ...payload, seconds: 0.2, ttl: "1d" });
  expect(await outputOf(next)).toBe("won");
  expect((await runs.retrieve(handle)).status).toBe("WAITING");
  await runs.cancel(handle);
});

test("a wait of a year costs nothing to begin, and goes when its run is canceled", async () => {
  await using outside = new Outside();
  const handle = await nap.trigger({ outside: outside.name, ms: 31_536_000_000 });
  await expect.poll(async () => (await runs.retrieve(handle)).status, { interval: 20 }).toBe("WAITING");
  await runs.cancel(handle);
  expect((await finish(handle)).status).toBe("CANCELED");
});

test("a time and a child can be raced, and either can win", async () => {
  expect(await outputOf(await loseToChild.trigger())).toBe(3);
  await using outside = new Outside();
  outside.hold("begun");
  expect(await outputOf(await outwaitChild.trigger({ outside: outside.name }))).toBe("out of patience");
  outside.release("begun");
});

test("a time that has passed is not waited for again when the run is tried again", async () => {
  await using outside = new Outside();
  expect(await outputOf(await napAndFail.trigger({ outside: outside.name }))).toBe(2);
  const [first = 0] = outside.times("awake in attempt 1");
  const [second = 0] = outside.times("awake in attempt 2");
  expect(second - first).toBeLessThan(500);
});

test.concurrent("a run that takes longer than its maxDuration is TIMED_OUT, and its code is told to stop", async () => {
  await using outside = new Outside();
  const obeying = await overrun.trigger({ outside: outside.name, obeys: true });
  const run = await finish(obeying);
  expect(run).toMatchObject({ status: "TIMED_OUT", isCompleted: true, isFailed: true, attemptCount: 1 });
  expect(run.error).toMatchObject({ name: "MaxDurationExceededError" });
  await outside.reached("told to stop at 5 s");
});

test.concurrent("code that takes no notice is cut off", async () => {
  await using outside = new Outside();
  const run = await finish(await overrun.trigger({ outside: outside.name, obeys: false }));
  expect(run.status).toBe("TIMED_OUT");
  await outside.reached("told to stop at 5 s");
});

test.concurrent("time that a run waits is no part of its maxDuration", async () => {
  expect(await outputOf(await waitLong.trigger())).toBe("waits do not count");
});
