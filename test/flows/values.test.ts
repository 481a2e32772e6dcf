import { beforeAll, describe, expect, test } from "vitest";
import { runs, tasks } from "../../sdk/index.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import {
  echo,
  echoInBatch,
  echoTwice,
  keepLarge,
  measure,
  measureChildren,
  nameTypes,
  repeat,
} from "../support/tasks-values.ts";
import { call, connect, finish, outputOf } from "./api.ts";

beforeAll(connect);

const VALUES = {
  date: new Date("2026-02-03T04:05:06.789Z"),
  map: new Map<unknown, unknown>([
    ["key", new Date(0)],
    [7, { nested: new Set([1n]) }],
  ]),
  set: new Set(["a", 2, null]),
  big: 2n ** 70n,
  nothing: undefined,
  nil: null,
  regex: /a+b/gi,
  url: new URL("https://example.com/path?q=1"),
  list: [1, undefined, "three", [new Date(1)]],
  odd: { "": 1, "with.dot": { json: true, meta: "data" }, ünï: "çödé 👩‍🚀 \u2028" },
  numbers: [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e308, Number.MIN_VALUE],
};

test("a task sees the types of its payload", async () => {
  const { date, map, set, big, nothing } = VALUES;
  expect(await outputOf(await nameTypes.trigger({ date, map, set, big, nothing }))).toEqual([
    "date: Date",
    "map: Map",
    "set: Set",
    "big: BigInt",
    "nothing: undefined",
  ]);
});

test("a payload comes back as the output that it was, and both are kept", async () => {
  const run = await finish(await echo.trigger(VALUES));
  expect(run.output).toStrictEqual(VALUES);
  expect(run.payload).toStrictEqual(VALUES);
});

test("values keep their types on the way through a step and a child", async () => {
  expect(await outputOf(await echoTwice.trigger(VALUES))).toStrictEqual({ kept: VALUES, fromChild: VALUES });
});

test("values keep their types as items of a batch", async () => {
  expect(await outputOf(await echoInBatch.trigger(VALUES))).toStrictEqual([VALUES, VALUES]);
});

test.each([
  ["undefined", undefined],
  ["null", null],
  ["an empty string", ""],
  ["a string of JSON", '{"json":1}'],
  ["a number", 0],
  ["false", false],
  ["an empty object", {}],
  ["a string with half of a pair", `half ${"👩".slice(0, 1)}!`],
])("%s comes back as it was", async (_, value) => {
  const run = await finish(await echo.trigger(value));
  // Half of a pair has no UTF-8: what is replaced is the platform's affair, that the run completes is not.
  expect(run.status).toBe("COMPLETED");
  if (_ !== "a string with half of a pair") expect(run.output).toStrictEqual(value);
});

test("readers without superjson get plain JSON", async () => {
  const { id } = await echo.trigger({ at: new Date(0), big: 5n, set: new Set([1]) });
  await outputOf(id);
  const { body } = await call("GET", `/api/v3/runs/${id}`);
  const plain = { at: "1970-01-01T00:00:00.000Z", big: "5", set: [1] };
  expect(body).toMatchObject({ payload: plain, output: plain });
});

test("a payload without a type is taken as JSON", async () => {
  const { body } = await call("POST", "/api/v1/tasks/echo/trigger", { body: { payload: { plain: [1, "two"] } } });
  expect(await outputOf(body.id)).toEqual({ plain: [1, "two"] });
});

describe("large values", () => {
  test("a payload of exactly the limit arrives whole", async () => {
    const text = `${"x".repeat(LIMITS.payloadBytes - 3)}end`;
    const run = await finish(await measure.trigger(text));
    expect(run.output).toEqual({ length: LIMITS.payloadBytes, end: "end" });
    expect((await runs.retrieve<typeof measure>(run.id)).payload === text).toBe(true);
  });

  test("a payload over the limit is refused before it is sent", async () => {
    await expect(measure.trigger("x".repeat(LIMITS.payloadBytes + 1))).rejects.toMatchObject({
      status: 413,
      code: "payload_too_large",
    });
  });

  test("an output of exactly the limit comes back whole", async () => {
    const run = await finish(await repeat.trigger({ text: "y", times: LIMITS.outputBytes }));
    expect(run.status).toBe("COMPLETED");
    expect(run.output === "y".repeat(LIMITS.outputBytes)).toBe(true);
  });

  test("an output over the limit fails the run without a retry, and says how large it may be", async () => {
    const run = await finish(await repeat.trigger({ text: "y", times: LIMITS.outputBytes + 1 }));
    expect(run).toMatchObject({
      status: "FAILED",
      attemptCount: 1,
      error: { message: expect.stringContaining(String(LIMITS.outputBytes)) },
    });
  });

  test("an output whose characters are several bytes long comes back whole", async () => {
    const run = await finish(await repeat.trigger({ text: "é👩‍🚀", times: 200_000 }));
    expect(run.output === "é👩‍🚀".repeat(200_000)).toBe(true);
  });

  test("a parent gets children's outputs that are larger together than one message", async () => {
    const output = await outputOf(await measureChildren.trigger({ times: 5_000_000, children: 8 }));
    expect(output).toEqual({ lengths: Array.from({ length: 8 }, () => 5_000_000), sum: 8 });
  });

  test("a large result of a step is read back whole", async () => {
    expect(await outputOf(await keepLarge.trigger({ times: 3_000_000 }))).toBe(3_000_000);
  });

  test("a large payload is given to a child", async () => {
    const text = "z".repeat(2_900_000);
    const run = await finish(await tasks.trigger<typeof echoTwice>("echo-twice", text));
    expect(run.status).toBe("COMPLETED");
    expect((run.output as { fromChild: string }).fromChild === text).toBe(true);
  });
});
