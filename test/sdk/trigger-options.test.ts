import { describe, expect, test } from "vitest";
import { readTriggerOptions, readBatchOptions } from "../../sdk/lib/trigger-options.ts";

describe("trigger options", () => {
  test("keep metadata as text, up to 256 KiB of it", () => {
    expect(readTriggerOptions({ metadata: { at: new Date(0), none: undefined } })).toEqual({
      metadata: '{"at":"1970-01-01T00:00:00.000Z"}',
    });
    expect(readTriggerOptions({ metadata: '{ "a": 1 }' })).toEqual({ metadata: '{"a":1}' });
    const bytes = 256 * 1024 - '{"a":""}'.length;
    expect(readTriggerOptions({ metadata: { a: "x".repeat(bytes) } }).metadata).toHaveLength(256 * 1024);
    expect(() => readTriggerOptions({ metadata: { a: "x".repeat(bytes + 1) } })).toThrow(
      expect.objectContaining({ status: 413, code: "metadata_too_large", message: expect.stringContaining("262144") }),
    );
  });

  test("are kept as a list of tags and a number of attempts", () => {
    expect(readTriggerOptions(undefined)).toEqual({});
    expect(readTriggerOptions({})).toEqual({});
    expect(readTriggerOptions({ tags: "a", maxAttempts: 250 })).toEqual({ tags: ["a"], maxAttempts: 250 });
    expect(readTriggerOptions({ tags: ["a", "b"] })).toEqual({ tags: ["a", "b"] });
  });

  test("count as not given when undefined", () => {
    expect(readTriggerOptions({ tags: undefined, delay: undefined })).toEqual({});
  });

  test.each("externalDeploymentId parentRunId".split(" "))("refuse %s by its name", (name) => {
    expect(() => readTriggerOptions({ tags: "a", [name]: "1h" })).toThrow(`Option "${name}" is not supported yet.`);
  });

  test.each(["concurrency", "gates"])("refuse %s by its name, and say what to give instead", (name) => {
    expect(() => readTriggerOptions({ [name]: ["openai"] })).toThrow(
      `Option "${name}" is not supported: there are no named limits. Give the trigger a \`queue\` that has the limit`,
    );
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
    ["a delay in words", { delay: "tomorrow" }],
    ["a delay without a unit", { delay: "10" }],
    ["a delay that is a number", { delay: 10 }],
    ["a delay with its units out of order", { delay: "5s1h" }],
    ["a delay beyond the end of time", { delay: "999999w" }],
    ["a date that is none", { delay: new Date(Number.NaN) }],
    ["a day that is none", { delay: "2026-13-01" }],
    ["a time to live in words", { ttl: "soon" }],
    ["a negative time to live", { ttl: -1 }],
    ["a time to live of over a year", { ttl: "53w" }],
    ["four seconds of active time", { maxDuration: 4 }],
    ["an active time in words", { maxDuration: "1h" }],
    ["an endless active time", { maxDuration: Number.POSITIVE_INFINITY }],
    ["a priority in words", { priority: "high" }],
    ["a priority that is no number", { priority: Number.NaN }],
    ["a debounce that is a text", { debounce: "k" }],
    ["a debounce without a key", { debounce: { delay: "1s" } }],
    ["a debounce with a key of 513 characters", { debounce: { key: "x".repeat(513), delay: "1s" } }],
    ["a debounce without a delay", { debounce: { key: "k" } }],
    ["a debounce until a date", { debounce: { key: "k", delay: "2031-01-01" } }],
    ["a debounce of less than a second", { debounce: { key: "k", delay: "0s" } }],
    ["a debounce in another mode", { debounce: { key: "k", delay: "1s", mode: "last" } }],
    ["a debounce with no room to push", { debounce: { key: "k", delay: "5s", maxDelay: "5s" } }],
    ["a debounce with another field", { debounce: { key: "k", delay: "1s", wait: true } }],
    ["a debounce beside a delay", { debounce: { key: "k", delay: "1s" }, delay: "1h" }],
    ["a debounce beside a key", { debounce: { key: "k", delay: "1s" }, idempotencyKey: "k" }],
    ["an empty key", { idempotencyKey: "" }],
    ["a key of 2049 characters", { idempotencyKey: "x".repeat(2049) }],
    ["a key that is a number", { idempotencyKey: 5 }],
    ["a time of a key in words", { idempotencyKeyTTL: "soon" }],
    ["no time of a key at all", { idempotencyKeyTTL: "0s" }],
    ["a machine without a name", { machine: "" }],
    ["a region that is no string", { region: 1 }],
    ["metadata that is a list", { metadata: [] }],
    ["metadata that is text, but no object's", { metadata: '"a"' }],
    ["metadata that JSON does not know", { metadata: { big: 1n } }],
    ["metadata that is nested too deep", { metadata: nested(1001) }],
  ])("refuse %s", (_name, options) => {
    expect(() => readTriggerOptions(options)).toThrow(
      expect.objectContaining({ name: "RunletApiError", status: 400, code: "invalid_option" }),
    );
  });

  test("keep a delay as a duration or as a moment", () => {
    expect(readTriggerOptions({ delay: "1h30m" })).toEqual({ delay: "1h30m" });
    const moment = "2031-05-01T10:00:00.000Z";
    expect(readTriggerOptions({ delay: new Date(moment) })).toEqual({ delay: moment });
    expect(readTriggerOptions({ delay: "2031-05-01T12:00:00+02:00" })).toEqual({ delay: moment });
  });

  test("keep a time to live in seconds", () => {
    expect(readTriggerOptions({ ttl: "10m" })).toEqual({ ttl: 600 });
    expect(readTriggerOptions({ ttl: 0 })).toEqual({ ttl: 0 });
  });

  test("keep what is without effect", () => {
    const given = { machine: "small-1x", region: "eu", version: "20261124.1" };
    expect(readTriggerOptions(given)).toEqual({ machine: "small-1x", region: "eu", lockToVersion: "20261124.1" });
  });

  test("take ten tags of 128 characters", () => {
    const tags = Array.from({ length: 10 }, (_, n) => `${n}`.padEnd(128, "x"));
    expect(readTriggerOptions({ tags }).tags).toEqual(tags);
  });
});

test("a batch as a whole takes a key, and nothing else", () => {
  expect(readBatchOptions(undefined)).toEqual({});
  expect(readBatchOptions({ idempotencyKey: "k", idempotencyKeyTTL: "1h" })).toEqual({
    idempotencyKey: "k",
    idempotencyKeyTTL: "1h",
  });
  expect(() => readBatchOptions({ tags: "a" })).toThrow('Option "tags" is unknown');
  expect(() => readBatchOptions({ queue: "q" })).toThrow('Option "queue" is unknown: a batch takes');
});

function nested(levels: number): object {
  return JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`) as object;
}
