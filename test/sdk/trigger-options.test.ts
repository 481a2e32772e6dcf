import { describe, expect, test } from "vitest";
import { readTriggerOptions, refuseBatchOptions } from "../../sdk/lib/trigger-options.ts";

describe("trigger options", () => {
  test("are kept as a list of tags and a number of attempts", () => {
    expect(readTriggerOptions(undefined)).toEqual({});
    expect(readTriggerOptions({})).toEqual({});
    expect(readTriggerOptions({ tags: "a", maxAttempts: 250 })).toEqual({ tags: ["a"], maxAttempts: 250 });
    expect(readTriggerOptions({ tags: ["a", "b"] })).toEqual({ tags: ["a", "b"] });
  });

  test("count as not given when undefined", () => {
    expect(readTriggerOptions({ tags: undefined, delay: undefined })).toEqual({});
  });

  test.each(
    (
      "idempotencyKey idempotencyKeyTTL delay ttl queue concurrencyKey concurrency priority maxDuration machine " +
      "metadata region version externalDeploymentId debounce"
    ).split(" "),
  )("refuse %s by its name", (name) => {
    expect(() => readTriggerOptions({ tags: "a", [name]: "1h" })).toThrow(`Option "${name}" is not supported yet.`);
  });

  test("refuse an unknown option by its name", () => {
    expect(() => readTriggerOptions({ maxAttempt: 2 })).toThrow('Option "maxAttempt" is unknown');
  });

  test.each([
    ["an empty tag", { tags: "" }],
    ["a tag of 129 characters", { tags: ["x".repeat(129)] }],
    ["a tag that is no string", { tags: [1] }],
    ["eleven tags", { tags: Array.from({ length: 11 }, String) }],
    ["no attempt", { maxAttempts: 0 }],
    ["251 attempts", { maxAttempts: 251 }],
    ["half an attempt", { maxAttempts: 1.5 }],
    ["attempts in words", { maxAttempts: "three" }],
    ["options that are no object", "1h"],
  ])("refuse %s", (_name, options) => {
    expect(() => readTriggerOptions(options)).toThrow(
      expect.objectContaining({ name: "RunletApiError", status: 400, code: "invalid_option" }),
    );
  });

  test("take ten tags of 128 characters", () => {
    const tags = Array.from({ length: 10 }, (_, n) => `${n}`.padEnd(128, "x"));
    expect(readTriggerOptions({ tags }).tags).toEqual(tags);
  });
});

test("a batch as a whole takes no option", () => {
  refuseBatchOptions(undefined);
  refuseBatchOptions({ idempotencyKey: undefined });
  expect(() => refuseBatchOptions({ idempotencyKey: "k" })).toThrow('Option "idempotencyKey" is not supported yet.');
});
