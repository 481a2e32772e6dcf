import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { schemaTask, type StandardSchemaV1 } from "../../sdk/index.ts";
import { DEFINITION, type Defined } from "../../sdk/lib/definition.ts";
import { FakePass } from "../support/fake-pass.ts";

async function execute(defined: Defined, payload: unknown): Promise<unknown> {
  const { ctx, signal } = new FakePass();
  const { parse, execute } = defined[DEFINITION];
  return execute(await parse?.(payload), { ctx, signal });
}

const schemas: [string, StandardSchemaV1<unknown, { n: number }>][] = [
  ["zod", z.object({ n: z.coerce.number(), who: z.string().default("you") })],
  [
    "valibot",
    v.object({ n: v.pipe(v.union([v.string(), v.number()]), v.transform(Number)), who: v.optional(v.string(), "you") }),
  ],
];

describe.each(schemas)("schemaTask with %s", (_library, schema) => {
  const echo = schemaTask({ id: "echo", schema, run: async (payload) => payload });

  test("gives run the parsed payload", async () => {
    expect(await execute(echo, { n: "3" })).toEqual({ n: 3, who: "you" });
  });

  test("fails with TaskPayloadParsedError that names the field", async () => {
    await expect(execute(echo, { n: "3", who: 4 })).rejects.toMatchObject({
      name: "TaskPayloadParsedError",
      message: expect.stringMatching(/^The payload of task "echo" does not fit its schema: who: /),
    });
    await expect(execute(echo, undefined)).rejects.toMatchObject({ name: "TaskPayloadParsedError" });
  });
});

describe("schemaTask", () => {
  test("waits for a schema that parses later", async () => {
    const later = schemaTask({
      id: "later",
      schema: z.string().refine(async (text) => text === "good", "not good"),
      run: async (payload) => payload,
    });
    expect(await execute(later, "good")).toBe("good");
    await expect(execute(later, "bad")).rejects.toThrow("not good");
  });

  test("takes a schema that is a function", async () => {
    const schema: StandardSchemaV1<string, number> = Object.assign(() => undefined, {
      "~standard": { version: 1 as const, vendor: "own", validate: (value: unknown) => ({ value: Number(value) }) },
    });
    expect(await execute(schemaTask({ id: "own", schema, run: async (n) => n + 1 }), "1")).toBe(2);
  });

  test("tells all that is wrong, by path", async () => {
    const schema = z.object({ a: z.array(z.number()), b: z.string() });
    const two = schemaTask({ id: "two", schema, run: async () => 1 });
    await expect(execute(two, { a: [1, "x"] })).rejects.toThrow(/a\.1: .*; b: /);
  });

  test("refuses what is not a Standard Schema", () => {
    const untyped = schemaTask as (options: object) => unknown;
    expect(() => untyped({ id: "none", schema: { parse: () => 1 }, run: async () => 1 })).toThrow(
      'The schema of task "none" is not a Standard Schema v1',
    );
    expect(() => untyped({ id: "none", run: async () => 1 })).toThrow("is not a Standard Schema v1");
  });

  test("refuses options by name as task() does", () => {
    const untyped = schemaTask as (options: object) => unknown;
    const options = { id: "t", schema: z.string(), run: async () => 1, machine: "small-1x" };
    expect(() => untyped(options)).toThrow('Option "machine" of schemaTask() is not supported yet.');
  });

  test("knows where it was defined", () => {
    const here = schemaTask({ id: "t", schema: z.string(), run: async () => 1 });
    expect(here[DEFINITION].definedAt).toMatch(/test\/sdk\/schema-task\.test\.ts:\d+$/);
  });
});
