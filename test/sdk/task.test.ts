import { describe, expect, test } from "vitest";
import { task, webhook } from "../../sdk/index.ts";
import { DEFINITION } from "../../sdk/lib/definition.ts";
import { FakePass } from "../support/fake-pass.ts";

const run = async () => 1;

/** What a caller without types can do. */
const untypedTask = task as (options: object) => unknown;

describe("task", () => {
  test("carries its id, its description and its definition", async () => {
    const double = task({ id: "double", description: "Doubles", run: async (n: number) => n * 2 });
    expect(double).toMatchObject({ id: "double", description: "Doubles" });
    expect(double[DEFINITION].id).toBe("double");
    const { ctx, signal } = new FakePass();
    expect(await double[DEFINITION].execute(21, { ctx, signal })).toBe(42);
  });

  test("hands ctx and signal to run", async () => {
    const { ctx, signal } = new FakePass();
    const seen = task({ id: "t", run: async (_payload, parameters) => parameters });
    expect(await seen[DEFINITION].execute(undefined, { ctx, signal })).toEqual({ ctx, signal });
  });

  test("rejects with what a run throws before its first await", async () => {
    const failing = task({
      id: "t",
      run: () => {
        throw new Error("at once");
      },
    });
    const { ctx, signal } = new FakePass();
    await expect(failing[DEFINITION].execute(undefined, { ctx, signal })).rejects.toThrow("at once");
  });

  test("knows where it was defined", () => {
    const here = task({ id: "t", run });
    expect(here[DEFINITION].definedAt).toMatch(/test\/sdk\/task\.test\.ts:\d+$/);
  });

  test.each(["a", "Send-Mail_2", "billing/invoices.monthly:v2", "x".repeat(128)])("takes the id %s", (id) => {
    expect(task({ id, run }).id).toBe(id);
  });

  test.each([
    ["", "needs an id"],
    [undefined, "needs an id"],
    [3, "needs an id"],
    ["x".repeat(129), "has 129 characters; the limit is 128"],
    ["with space", 'The task id "with space" may hold only'],
    ["ünicode", "may hold only"],
    ["new\nline", "may hold only"],
  ])("refuses the id %j", (id, message) => {
    expect(() => untypedTask({ id, run })).toThrow(message);
  });

  test("refuses a task without a run function", () => {
    expect(() => untypedTask({ id: "t" })).toThrow('Task "t" needs a run function.');
  });

  test.each(["jsonSchema", "machine"])("refuses the option %s by its name", (name) => {
    expect(() => untypedTask({ id: "t", run, [name]: {} })).toThrow(`Option "${name}" of task() is not supported yet.`);
  });

  test.each([
    ["cron", "is for schedules.task()."],
    ["handleError", "is not supported: write catchError."],
    ["onStart", "is not supported: write onStartAttempt."],
    ["init", "is not supported: write middleware, and locals for what it prepares."],
    ["cleanup", "is not supported: write middleware, and locals for what it prepares."],
  ])("refuses the option %s, and says what there is instead", (name, instead) => {
    expect(() => untypedTask({ id: "t", run, [name]: "x" })).toThrow(`Option "${name}" of task() ${instead}`);
  });

  test("refuses run of a webhook, and names what a webhook takes", () => {
    const untyped = webhook as (options: object) => unknown;
    expect(() => untyped({ id: "t", run })).toThrow(
      'Option "run" of webhook() is unknown: the options are id, endpoint, filter, onEvent, description, retry',
    );
  });

  test("refuses the option concurrency by its name, and says where limits belong", () => {
    expect(() => untypedTask({ id: "t", run, concurrency: { total: 5 } })).toThrow(
      'Option "concurrency" of task() is not supported: limits are those of queues. Write `queue: { concurrency:',
    );
  });

  test("refuses an unknown option by its name", () => {
    expect(() => untypedTask({ id: "t", run, retries: 3 })).toThrow('Option "retries" of task() is unknown');
  });
});

describe("retry", () => {
  const retryOf = (retry?: object) =>
    (untypedTask({ id: "t", run, retry }) as ReturnType<typeof task>)[DEFINITION].retry;

  test("is three attempts with growing, random pauses by default", () => {
    const standard = { maxAttempts: 3, factor: 2, minTimeoutInMs: 1000, maxTimeoutInMs: 60_000, randomize: true };
    expect(retryOf()).toEqual(standard);
    expect(retryOf({ maxAttempts: 5, randomize: undefined })).toEqual({ ...standard, maxAttempts: 5 });
  });

  test.each([
    [{ maxAttempts: 0 }, "retry.maxAttempts"],
    [{ maxAttempts: 251 }, "a whole number from 1 to 250"],
    [{ maxAttempts: 2.5 }, "retry.maxAttempts"],
    [{ maxAttempts: Number.NaN }, "retry.maxAttempts"],
    [{ factor: 0.5 }, "retry.factor"],
    [{ factor: Number.POSITIVE_INFINITY }, "retry.factor"],
    [{ minTimeoutInMs: -1 }, "retry.minTimeoutInMs"],
    [{ minTimeoutInMs: "1s" }, "retry.minTimeoutInMs"],
    [{ minTimeoutInMs: 5000, maxTimeoutInMs: 4000 }, "not less than minTimeoutInMs (5000)"],
    [{ randomize: 1 }, "retry.randomize"],
    [{ outOfMemory: "large-1x" }, "retry.outOfMemory"],
    [{ outOfMemory: { machine: "" } }, "retry.outOfMemory"],
    [{ attempts: 3 }, 'Option "attempts"'],
  ])("refuses %j", (retry, message) => {
    expect(() => retryOf(retry)).toThrow(message);
  });
});
