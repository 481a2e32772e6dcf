import { beforeAll, describe, expect, test, vi } from "vitest";
import { runs, type LogEntry } from "../../sdk/index.ts";
import {
  cancelHooked,
  decideAnew,
  hooked,
  retryInPlace,
  strictHooked,
  waitInHook,
  waitNamed,
} from "../support/tasks-hooks.ts";
import { connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

async function logsOf(id: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of runs.logs(id)) entries.push(entry);
  return entries;
}

function whatOf({ told }: Outside): string[] {
  return told.map(({ what }) => what);
}

const FIRST_PASS = ["before", "onStartAttempt", "attempt 1"];
const RESUMED = ["before", "onResume task"];

// Scenario 40.
describe("the hooks of a run", () => {
  test.concurrent("are called once each, however often the task is replayed, and middleware in each pass", async () => {
    await using outside = new Outside();
    const { id } = await hooked.trigger({ outside: outside.name, waits: 2 });
    expect(await outputOf(id)).toEqual({ begunAt: "number" });
    await outside.reached("triggered by onSuccess");
    expect(whatOf(outside).filter((what) => what !== "triggered by onSuccess")).toEqual([
      ...[...FIRST_PASS, "onWait task", ...RESUMED, "onWait task", ...RESUMED],
      ...["run ends", "onSuccess number", "onComplete true", "after"],
    ]);
    expect(outside.count("triggered by onSuccess")).toBe(1);
  });

  test.concurrent("are called in each attempt where they announce it, and once for the run's failure", async () => {
    await using outside = new Outside();
    outside.refuse("run ends");
    const run = await finish(await hooked.trigger({ outside: outside.name, waits: 1 }));
    expect(run).toMatchObject({ status: "FAILED", attemptCount: 3, error: { message: '"run ends" was refused' } });
    expect(whatOf(outside)).toEqual([
      ...[...FIRST_PASS, "onWait task", ...RESUMED, "run ends", "catchError", "after"],
      // The step and the child are remembered, so the next attempts have one pass each.
      ...["before", "onStartAttempt", "run ends", "catchError", "after"],
      ...["before", "onStartAttempt", "run ends", "catchError"],
      ...['onFailure: "run ends" was refused', "onComplete false", "after"],
    ]);
  });

  test.concurrent("that fail in onStartAttempt fail the attempt, and the next one begins again", async () => {
    await using outside = new Outside();
    outside.refuse("onStartAttempt", 1);
    const run = await finish(await hooked.trigger({ outside: outside.name, waits: 0 }));
    expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 2 });
    const first = ["before", "onStartAttempt", "catchError", "after"];
    expect(whatOf(outside).slice(0, 7)).toEqual([...first, "before", "onStartAttempt", "attempt 2"]);
  });

  test.concurrent("that fail elsewhere change nothing, and are found among the log lines", async () => {
    await using outside = new Outside();
    outside.refuse("onComplete true");
    outside.refuse("onWait task");
    const run = await finish(await hooked.trigger({ outside: outside.name, waits: 1 }));
    expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 1 });
    expect((await logsOf(run.id)).map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn The hook onWait failed: "onWait task" was refused',
      'warn The hook onComplete failed: "onComplete true" was refused',
    ]);
  });

  test.concurrent("of all tasks are called before and around those of the task", async () => {
    await using outside = new Outside();
    await outputOf(await hooked.trigger({ outside: outside.name, waits: 0, tellGlobally: true }));
    const told = whatOf(outside).filter((what) => what !== "triggered by onSuccess");
    expect(told.slice(0, 2)).toEqual(["global before", "before"]);
    expect(told.slice(-4)).toEqual(["global onComplete true", "onComplete true", "after", "global after"]);
  });

  test.concurrent("name the run or batch that is waited for, before and after", async () => {
    await using outside = new Outside();
    const { id } = await waitNamed.trigger({ outside: outside.name });
    const [childId, batchId] = (await outputOf(id)) as [string, string];
    const child = { type: "task", runId: childId, task: "visit" };
    const items = { type: "batch", batchId, runCount: 2 };
    expect((await logsOf(id)).map(({ message, fields }) => [message, fields])).toEqual([
      ["waits", child],
      ["resumes", child],
      ["waits", items],
      ["resumes", items],
    ]);
  });

  test.concurrent("may not wait, which is said in a warning", async () => {
    const { id } = await waitInHook.trigger();
    expect(await outputOf(id)).toBe("done");
    const [line] = await logsOf(id);
    expect(line?.message).toContain('The hook onSuccess failed: The hook onSuccess tried to wait for a run of "add".');
  });

  test.concurrent("are given the payload as its schema has made it", async () => {
    const { id } = await strictHooked.trigger({ days: "7" });
    expect(await outputOf(id)).toBe(7);
    expect((await logsOf(id)).map(({ fields }) => fields)).toEqual([{ days: 7 }]);
  });
});

describe("what catchError answers", () => {
  const decide = (outside: Outside, answer: string) => decideAnew.trigger({ outside: outside.name, answer });

  test.concurrent("as a time that has passed starts the next attempt at once", async () => {
    await using outside = new Outside();
    outside.refuse("attempt", 2);
    expect(await finish(await decide(outside, "long ago"))).toMatchObject({ status: "COMPLETED", attemptCount: 3 });
    const [first = 0, , last = 0] = outside.times("attempt");
    expect(last - first).toBeLessThan(20_000);
  });

  test.concurrent("as a time to come holds the next attempt back", async () => {
    await using outside = new Outside();
    outside.refuse("attempt", 1);
    expect(await finish(await decide(outside, "in 300 ms"))).toMatchObject({ status: "COMPLETED", attemptCount: 2 });
    const [first = 0, last = 0] = outside.times("attempt");
    expect(last - first).toBeGreaterThan(285);
    outside.refuse("attempt", 1);
    const late = await decide(outside, "in an hour");
    const held = { status: "QUEUED", attemptCount: 1 };
    await vi.waitFor(async () => expect(await runs.retrieve(late)).toMatchObject(held), { timeout: 20_000 });
    await runs.cancel(late);
  });

  test.concurrent("ends the run, or takes the place of its error", async () => {
    await using outside = new Outside();
    outside.refuse("attempt");
    expect(await finish(await decide(outside, "never"))).toMatchObject({
      ...{ status: "FAILED", attemptCount: 1 },
      error: { message: '"attempt" was refused' },
    });
    expect(await finish(await decide(outside, "as another"))).toMatchObject({
      ...{ status: "FAILED", attemptCount: 1 },
      error: { name: "AbortTaskRunError", message: 'instead of: "attempt" was refused' },
    });
  });
});

test.concurrent("onCancel is called for a run that executes, sees run end, and its log lines are kept", async () => {
  await using outside = new Outside();
  outside.hold("work");
  const handle = await cancelHooked.trigger({ outside: outside.name });
  await outside.reached("work");
  await runs.cancel(handle);
  await outside.reached("triggered by onCancel");
  expect(whatOf(outside)).toEqual(["work", "cleans up", "onCancel: ended", "triggered by onCancel"]);
  expect(await runs.retrieve(handle)).toMatchObject({ status: "CANCELED", attemptCount: 1 });
  const expected = ["info run begins", "warn The hook onCancel failed: the hook broke"];
  const look = async () => {
    const lines = await logsOf(handle.id);
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual(expected);
  };
  await vi.waitFor(look, { timeout: 10_000 });
});

test.concurrent("retry.onThrow tries a step again in place, and the step is kept", async () => {
  await using outside = new Outside();
  outside.refuse("call", 2);
  expect(await finish(await retryInPlace.trigger({ outside: outside.name }))).toMatchObject({
    ...{ status: "COMPLETED", attemptCount: 1, output: 3 },
  });
  expect(outside.count("call")).toBe(3);
});
