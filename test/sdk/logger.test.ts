import { afterEach, describe, expect, test, vi } from "vitest";
import { logger } from "../../sdk/index.ts";
import { encodeLogFields } from "../../sdk/lib/log-fields.ts";
import { FakePass, inside } from "../support/fake-pass.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("logger", () => {
  test("hands lines to the pass, with their fields as JSON", () => {
    const pass = new FakePass();
    inside({ pass }, () => {
      logger.debug("a");
      logger.info("b", { n: 1 });
      logger.warn("c");
      logger.error("d", {});
    });
    expect(pass.calls).toEqual([
      ["log", { level: "debug", message: "a" }],
      ["log", { level: "info", message: "b", fields: '{"n":1}' }],
      ["log", { level: "warn", message: "c" }],
      ["log", { level: "error", message: "d", fields: "{}" }],
    ]);
  });

  test("writes to the console outside a task", () => {
    const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
    logger.info("a", { n: 1 });
    inside({}, () => logger.info("b"));
    expect(info.mock.calls).toEqual([["a", { n: 1 }], ["b"]]);
  });

  test("never throws for what it is given", () => {
    const pass = new FakePass();
    const untyped = logger.info as (...parameters: unknown[]) => void;
    inside({ pass }, () => {
      untyped(Object.create(null));
      untyped(Symbol("s"), "text");
      untyped(undefined, [1]);
      untyped("a", null);
    });
    expect(pass.calls).toEqual([
      ["log", { level: "info", message: "[message without text]" }],
      ["log", { level: "info", message: "Symbol(s)", fields: '{"value":"text"}' }],
      ["log", { level: "info", message: "undefined", fields: '{"value":[1]}' }],
      ["log", { level: "info", message: "a", fields: '{"value":null}' }],
    ]);
  });
});

describe("log fields", () => {
  const written = (fields: unknown) => JSON.parse(encodeLogFields(fields)) as unknown;

  test("are written as JSON, with text for what JSON does not know", () => {
    const fields = {
      text: "a",
      big: 12345678901234567890n,
      at: new Date(0),
      never: new Date(Number.NaN),
      nan: Number.NaN,
      none: undefined,
      nothing: null,
      by: new Map<unknown, unknown>([["a", 1n]]),
      ids: new Set([1, 2]),
      make: function make() {},
      url: new URL("https://example.com/"),
    };
    expect(written(fields)).toEqual({
      text: "a",
      big: "12345678901234567890",
      at: "1970-01-01T00:00:00.000Z",
      never: "Invalid Date",
      nan: "NaN",
      nothing: null,
      by: [["a", "1"]],
      ids: [1, 2],
      make: "[function make]",
      url: "https://example.com/",
    });
  });

  test("show errors with name, message, stack and cause", () => {
    const error = new TypeError("no", { cause: new Error("below") });
    expect(written({ error })).toMatchObject({
      error: { name: "TypeError", message: "no", stack: expect.any(String), cause: { message: "below" } },
    });
    expect(written(error)).toMatchObject({ value: { name: "TypeError" } });
  });

  test("show a circle as one, and an object met twice in full", () => {
    const shared = { a: 1 };
    const circle: Record<string, unknown> = { shared, again: shared };
    circle["self"] = circle;
    expect(written(circle)).toEqual({ shared: { a: 1 }, again: { a: 1 }, self: "[circular]" });
  });

  test("show what cannot be read as such", () => {
    const fields = {
      get bad() {
        throw new Error("no entry");
      },
      json: {
        toJSON() {
          throw "thrown text";
        },
      },
      fine: 1,
    };
    expect(written(fields)).toEqual({ bad: "[unreadable: no entry]", json: "[unreadable: it threw]", fine: 1 });
  });

  test("survive a structure of any depth", () => {
    let deep: object = {};
    for (let n = 0; n < 20_000; n++) deep = { deep };
    expect(() => encodeLogFields(deep)).not.toThrow();
  });
});
