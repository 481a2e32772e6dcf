import { describe, expect, test } from "vitest";
import { AbortTaskRunError, RunletApiError, TaskPayloadParsedError } from "../../sdk/lib/errors.ts";
import { step } from "../../sdk/lib/step.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { Rehearsal } from "../support/rehearsal.ts";

const TOO_LONG = "x".repeat(LIMITS.outputBytes + 1);

describe("what a task throws", () => {
  test.each([
    ["an error", new Error("e"), true],
    ["an AbortTaskRunError", new AbortTaskRunError("enough"), false],
    ["a payload that does not fit", new TaskPayloadParsedError("bad"), false],
    ["a refusal of the platform", new RunletApiError(404, "task_not_found", "none"), false],
    ["a platform that is busy", new RunletApiError(429, "too_many", "later"), true],
    ["a platform that is away", new RunletApiError(503, "unavailable", "later"), true],
    ["a request that took too long", new RunletApiError(408, "timeout", "later"), true],
    ["a text", "just text", true],
    ["nothing", undefined, true],
  ])("%s: retry is right", async (_, thrown, retry) => {
    const run = new Rehearsal(() => {
      throw thrown;
    });
    expect((await run.fails()).retry).toBe(retry);
  });

  test("is stored with its name, message and stack", async () => {
    const run = new Rehearsal(() => {
      throw new RangeError("too far");
    });
    const { error } = await run.fails();
    expect(error).toMatchObject({ name: "RangeError", message: "too far" });
    expect(error.stack).toContain("execute.test.ts");
  });

  test.each<[string, () => unknown, string]>([
    ["no message", () => Object.assign(new Error("x"), { message: undefined }), ""],
    ["a message that is an object", () => Object.assign(new Error("x"), { message: { a: 1 } }), '{"a":1}'],
    [
      "a message that throws when it is read",
      () => Object.defineProperty(new Error("x"), "message", { get: explode }),
      "[unreadable]",
    ],
    ["no prototype", () => Object.create(null), "Thrown: {}"],
    ["a text that throws", () => ({ toJSON: explode }), "Thrown: [unreadable]"],
    ["nothing", () => undefined, "Thrown: undefined"],
    ["an object", () => ({ code: 7 }), 'Thrown: {"code":7}'],
  ])("with %s is stored as text all the same", async (_, thrown, message) => {
    const run = new Rehearsal(() => {
      throw thrown();
    });
    expect((await run.fails()).error.message).toBe(message);
  });

  test("is cut where it is long", async () => {
    const run = new Rehearsal(() => {
      throw new Error("x".repeat(1_000_000));
    });
    const { error } = await run.fails();
    expect(error.message.length).toBeLessThan(20_100);
    expect(error.message).toContain("(1000000 characters)");
    expect(error.stack?.length).toBeLessThan(20_100);
  });
});

function explode(): never {
  throw new Error("unreadable");
}

describe("a value over the limit", () => {
  test("as output fails the run for good and says what to do", async () => {
    const end = await new Rehearsal(() => TOO_LONG).fails();
    expect(end.retry).toBe(false);
    expect(end.error.message).toContain("Store it elsewhere");
  });

  test("as a step's result fails the step", async () => {
    const run = new Rehearsal(() => step.run("s", () => TOO_LONG));
    expect((await run.fails()).error.message).toContain("The step's result is over the limit");
  });

  test("is one byte more than the limit", async () => {
    expect(await new Rehearsal(() => TOO_LONG.slice(1)).completes()).toHaveLength(LIMITS.outputBytes);
  });
});

test("a payload that cannot be read fails the run, and reaches nobody", async () => {
  const run = new Rehearsal((payload) => payload);
  expect(await run.completes()).toBe('{"json":{"a":1}}');
});
