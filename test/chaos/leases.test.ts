import { afterAll, beforeAll, expect, test } from "vitest";
import { configure, runs } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { begin } from "./tasks.ts";

const LEASE_SECONDS = 2;

let platform: MortalPlatform;

beforeAll(async () => {
  platform = await MortalPlatform.start(LEASE_SECONDS);
  configure({ baseURL: platform.url, accessToken: platform.key });
});

afterAll(() => platform[Symbol.asyncDispose]());

const end = { signal: AbortSignal.timeout(60_000) };

// Scenario 31: a run whose worker gives signs of life stays alive.
test("a run that executes for several leases is in its first attempt, since its consumer renews them", async () => {
  await using outside = new Outside(() => platform.url);
  outside.hold("long");
  const handle = await begin.trigger({ outside: outside.name, what: "long" });
  await outside.reached("long");
  const since = Date.now();
  await expect.poll(() => Date.now() - since, { timeout: 20_000 }).toBeGreaterThan(3 * LEASE_SECONDS * 1000);
  outside.release("long");
  expect(await runs.poll(handle, end)).toMatchObject({ status: "COMPLETED", output: 1, attemptCount: 1 });
});

// Scenario 31: one that was handed out and lost goes on; one that is lost each time ends. (Here each is lost with its consumer.)
test("a run that is lost is handed out again, and is CRASHED when that was its last attempt", async () => {
  await using outside = new Outside(() => platform.url);
  outside.hold("lost", "lost for good");
  const lost = await begin.trigger({ outside: outside.name, what: "lost" }, { maxAttempts: 2 });
  const gone = await begin.trigger({ outside: outside.name, what: "lost for good" }, { maxAttempts: 1 });
  await Promise.all([outside.reached("lost"), outside.reached("lost for good")]);
  await platform.kill();
  await outside.reached("lost", 2);
  outside.release("lost", "lost for good");
  expect(await runs.poll(lost, end)).toMatchObject({ status: "COMPLETED", output: 2, attemptCount: 2 });
  expect(await runs.poll(gone, end)).toMatchObject({ status: "CRASHED", attemptCount: 1 });
});

// Scenario 29.
test("a run that has started in time does not expire when it is handed out again after its time to live", async () => {
  await using outside = new Outside(() => platform.url);
  outside.hold("started");
  const options = { ttl: LEASE_SECONDS, maxAttempts: 2 };
  const handle = await begin.trigger({ outside: outside.name, what: "started" }, options);
  await outside.reached("started");
  await platform.kill();
  // Its lease ends no sooner than its time to live.
  await outside.reached("started", 2);
  outside.release("started");
  expect(await runs.poll(handle, end)).toMatchObject({ status: "COMPLETED", output: 2, ttl: `${LEASE_SECONDS}s` });
});
