import { beforeAll, expect, test } from "vitest";
import { batch, runs, tasks } from "../../sdk/index.ts";
import type { abort, tryAgain } from "../support/tasks-retries.ts";
import { add, fail, greetPerson, visit, whoAmI } from "../support/tasks-runs.ts";
import type { waitInStep } from "../support/tasks-steps.ts";
import { call, connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

// Scenario 1.
test("a triggered run completes and keeps its output", async () => {
  const handle = await add.trigger({ a: 40, b: 2 });
  expect(handle).toEqual({ id: expect.stringMatching(/^run_/), taskIdentifier: "add", isCached: false });
  const run = await runs.poll(handle);
  expect(run).toMatchObject({
    id: handle.id,
    status: "COMPLETED",
    taskIdentifier: "add",
    payload: { a: 40, b: 2 },
    output: 42,
    attemptCount: 1,
    depth: 0,
    triggerFunction: "trigger",
    isCompleted: true,
    isSuccess: true,
    isFailed: false,
    isExecuting: false,
    relatedRuns: {},
  });
  expect(run.startedAt?.getTime()).toBeGreaterThanOrEqual(run.createdAt.getTime());
  expect(run.finishedAt?.getTime()).toBeGreaterThanOrEqual(run.startedAt?.getTime() ?? Number.NaN);
});

// Scenario 2.
test("a run that throws without a retry fails with that error", async () => {
  const run = await finish(await fail.trigger({ message: "as asked" }));
  expect(run).toMatchObject({
    status: "FAILED",
    error: { name: "RangeError", message: "as asked", stackTrace: expect.stringContaining("RangeError: as asked") },
    attemptCount: 1,
    isCompleted: true,
    isSuccess: false,
    isFailed: true,
  });
  expect(run.finishedAt).toBeInstanceOf(Date);
  expect(run.output).toBeUndefined();
});

test("a task is triggered by its id without its code", async () => {
  const handle = await tasks.trigger<typeof add>("add", { a: 1, b: 1 });
  expect(await outputOf(handle)).toBe(2);
});

test("a run is seen while it executes and the poll answers when it ends", async () => {
  await using outside = new Outside();
  outside.hold("seen");
  const handle = await visit.trigger({ outside: outside.name, what: "seen" });
  await outside.reached("seen");
  expect(await runs.retrieve(handle)).toMatchObject({ status: "EXECUTING", isExecuting: true, isCompleted: false });
  const polled = runs.poll(handle);
  outside.release("seen");
  expect((await polled).output).toBe("seen");
});

test("a poll is ended by its signal, and the run goes on", async () => {
  await using outside = new Outside();
  outside.hold("long");
  const handle = await visit.trigger({ outside: outside.name, what: "long" });
  await outside.reached("long");
  const aborter = new AbortController();
  const polled = runs.poll(handle, { signal: aborter.signal });
  aborter.abort(new Error("no longer interested"));
  await expect(polled).rejects.toThrow("no longer interested");
  outside.release("long");
  expect(await outputOf(handle)).toBe("long");
});

test("a run is told of itself", async () => {
  const tag = fresh("told");
  const handle = await whoAmI.trigger(undefined, { tags: [tag, "second"], maxAttempts: 7 });
  const run = await finish(handle);
  expect(run.tags).toEqual([tag, "second"]);
  expect(run.output).toEqual({
    run: {
      id: handle.id,
      tags: [tag, "second"],
      isTest: false,
      isReplay: false,
      createdAt: run.createdAt,
      startedAt: run.startedAt,
      maxAttempts: 7,
    },
    attempt: { number: 1, startedAt: run.startedAt },
    task: { id: "who-am-i" },
    queue: { name: "task/who-am-i" },
  });
});

test("a task with a schema gets the parsed payload, and a payload that does not fit fails without a retry", async () => {
  expect(await outputOf(await greetPerson.trigger({ name: "Ada", born: new Date("1815-12-10") }))).toBe("Ada (1815)");
  const run = await finish(await tasks.trigger("greet-person", { name: 7 }));
  expect(run).toMatchObject({ status: "FAILED", attemptCount: 1, error: { name: "TaskPayloadParsedError" } });
});

test("a wait inside a step is refused and says what to do instead", async () => {
  const run = await finish(await tasks.trigger<typeof waitInStep>("wait-in-step"));
  expect(run).toMatchObject({
    status: "FAILED",
    error: { name: "OutsideTaskError", message: expect.stringContaining("outside step.run()") },
  });
});

test.each([
  ["a time-ordered key", timeOrderedKey],
  ["any other key", () => crypto.randomUUID()],
])("a trigger repeated with %s makes one run", async (_, newKey) => {
  await using outside = new Outside();
  const body = { payload: { outside: outside.name, what: "once" } };
  const headers = { "x-trigger-request-idempotency-key": newKey() };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => call("POST", "/api/v1/tasks/visit/trigger", { body, headers })),
  );
  const ids = new Set(answers.map((answer) => answer.body.id));
  expect(ids.size).toBe(1);
  const [id = ""] = ids;
  expect(await outputOf(id)).toBe("once");
  // Sent again long after: the run is found as it is.
  const late = await call("POST", "/api/v1/tasks/visit/trigger", { body, headers });
  expect(late.body.id).toBe(id);
  expect(outside.count("once")).toBe(1);
  expect((await runs.retrieve(id)).status).toBe("COMPLETED");
});

test("two triggers are two runs", async () => {
  await using outside = new Outside();
  const handles = await Promise.all([1, 2].map(() => visit.trigger({ outside: outside.name, what: "each" })));
  await Promise.all(handles.map(outputOf));
  expect(new Set(handles.map((handle) => handle.id)).size).toBe(2);
  expect(outside.count("each")).toBe(2);
});

test("200 triggers at once all run, each once", async () => {
  await using outside = new Outside();
  const names = Array.from({ length: 200 }, (_, i) => `run ${i}`);
  const handles = await Promise.all(names.map((what) => visit.trigger({ outside: outside.name, what })));
  expect(await Promise.all(handles.map(outputOf))).toEqual(names);
  expect(outside.tally).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
});

test("a batch from outside runs each of its items", async () => {
  await using outside = new Outside();
  const { batchId, runCount } = await visit.batchTrigger([
    { payload: { outside: outside.name, what: "left" }, options: { tags: "tagged" } },
    { payload: { outside: outside.name, what: "right", gives: 7 } },
  ]);
  expect(runCount).toBe(2);
  const { runs: ids } = await batch.retrieve(batchId);
  const [left, right] = await Promise.all(ids.map(finish));
  expect(left).toMatchObject({ output: "left", tags: ["tagged"], batchId, triggerFunction: "batchTrigger" });
  expect(right).toMatchObject({ output: 7, tags: [], batchId });
});

test("the number of attempts is the trigger's where it says so", async () => {
  await using outside = new Outside();
  outside.refuse("attempt");
  const once = await finish(
    await tasks.trigger<typeof tryAgain>("try-again", { outside: outside.name }, { maxAttempts: 1 }),
  );
  expect(once).toMatchObject({ status: "FAILED", attemptCount: 1 });
  const four = await finish(
    await tasks.trigger<typeof tryAgain>("try-again", { outside: outside.name }, { maxAttempts: 4 }),
  );
  expect(four).toMatchObject({ status: "FAILED", attemptCount: 4 });
  expect(outside.count("attempt")).toBe(5);
});

// Scenario 5, as far as user code goes; a crash of the runtime is in the chaos tests.
test("a run that aborts fails at its first attempt in spite of its retries", async () => {
  await using outside = new Outside();
  const run = await finish(await tasks.trigger<typeof abort>("abort", { outside: outside.name }));
  expect(run).toMatchObject({
    status: "FAILED",
    attemptCount: 1,
    error: { name: "AbortTaskRunError", message: "enough" },
  });
  expect(outside.count("attempt")).toBe(1);
});

/** A UUIDv7 of now. */
function timeOrderedKey(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
