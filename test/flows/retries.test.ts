import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import {
  askAnew,
  backOff,
  completeEarly,
  changeItsBatch,
  changeItsMind,
  retryLate,
  runShort,
  runShortOnce,
  throwText,
  tryAgain,
} from "../support/tasks-retries.ts";
import { connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

// Scenario 3.
test("a run that fails once completes in its second attempt", async () => {
  await using outside = new Outside();
  outside.refuse("attempt", 1);
  const run = await finish(await tryAgain.trigger({ outside: outside.name }));
  expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 2, output: { attempt: 2, of: 3 } });
  expect(run.error).toBeUndefined();
  expect(outside.count("attempt")).toBe(2);
});

// Scenario 4.
test("a run whose last attempt fails is FAILED, and no further attempt is made", async () => {
  await using outside = new Outside();
  outside.refuse("attempt");
  const run = await finish(await tryAgain.trigger({ outside: outside.name }));
  expect(run).toMatchObject({ status: "FAILED", attemptCount: 3, error: { message: '"attempt" was refused' } });
  expect(outside.count("attempt")).toBe(3);
});

// Scenario 6.
test("a run with too little memory is CRASHED at once, or has one more attempt on the machine that its task names", async () => {
  await using outside = new Outside();
  outside.refuse("no machine", 2);
  const crashed = await finish(await runShort.trigger({ outside: outside.name }));
  expect(crashed).toMatchObject({ status: "CRASHED", attemptCount: 1, error: { name: "OutOfMemoryError" } });
  const saved = await finish(await runShortOnce.trigger({ outside: outside.name }));
  expect(saved).toMatchObject({ status: "COMPLETED", attemptCount: 2, output: "large-1x" });
  outside.refuse("no machine", 1);
  outside.refuse("large-1x", 1);
  const again = await finish(await runShortOnce.trigger({ outside: outside.name }));
  expect(again).toMatchObject({
    status: "CRASHED",
    attemptCount: 2,
    error: { message: "The heap of large-1x is full." },
  });
  expect((await finish(await runShort.trigger({ outside: outside.name }, { machine: "micro" }))).output).toBe("micro");
});

test("CompleteTaskWithOutput completes a run from wherever it is thrown", async () => {
  const run = await finish(await completeEarly.trigger());
  expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 1, output: new Map([["early", new Date(5)]]) });
  const messages: string[] = [];
  for await (const { message } of runs.logs(run.id)) messages.push(message);
  expect(messages).toEqual(["succeeded"]);
});

test("a run between two attempts is EXECUTING, or QUEUED when the pause is long", async () => {
  await using outside = new Outside();
  outside.refuse("attempt", 1);
  outside.hold("attempt");
  const handle = await tryAgain.trigger({ outside: outside.name });
  await outside.reached("attempt");
  expect(await runs.retrieve(handle)).toMatchObject({ status: "EXECUTING", attemptCount: 1 });
  outside.release("attempt");
  expect(await outputOf(handle)).toEqual({ attempt: 2, of: 3 });

  const late = await retryLate.trigger({ outside: outside.name });
  await outside.reached("late attempt");
  await expect.poll(async () => (await runs.retrieve(late)).status, { timeout: 20_000 }).toBe("QUEUED");
  await runs.cancel(late);
  expect(await finish(late)).toMatchObject({ status: "CANCELED", attemptCount: 1 });
});

test("the pauses between attempts grow by the factor, up to the longest", async () => {
  await using outside = new Outside();
  const run = await finish(await backOff.trigger({ outside: outside.name }));
  expect(run).toMatchObject({ status: "FAILED", attemptCount: 4 });
  const times = outside.times("attempt");
  const pauses = times.slice(1).map((at, i) => at - (times[i] ?? Number.NaN));
  // 200 · 2^n, 500 at most; what comes on top is the platform's, what is missing would be its fault. The outside looks
  // every 5 ms, so a pause can seem shorter by this much.
  for (const [i, least] of [200, 400, 500].entries()) expect(pauses[i]).toBeGreaterThan(least - 15);
});

test("the error of something thrown that is no Error says what it was", async () => {
  expect(await finish(await throwText.trigger())).toMatchObject({
    status: "FAILED",
    error: { name: "Error", message: "just text" },
  });
});

test("code that asks for something else in a later pass fails with NonDeterministicError", async () => {
  await using outside = new Outside();
  const run = await finish(await changeItsMind.trigger({ outside: outside.name }));
  expect(run).toMatchObject({ status: "FAILED", attemptCount: 2, error: { name: "NonDeterministicError" } });
  expect(run.error?.message).toContain("run:add#0");
  expect(run.error?.message).toContain("step.run()");
  // Two passes in each of two attempts.
  expect(outside.count("pass")).toBe(4);
});

test("a catch in the task does not hide that it is not deterministic", async () => {
  const run = await finish(await changeItsBatch.trigger());
  expect(run).toMatchObject({ status: "FAILED", error: { name: "NonDeterministicError" } });
  expect(run.error?.message).toContain("batch:");
});

test("a new attempt may ask for something else than the one before", async () => {
  expect(await finish(await askAnew.trigger())).toMatchObject({ status: "COMPLETED", output: 2, attemptCount: 2 });
});
