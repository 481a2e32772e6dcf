import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { DEFINITION } from "../../sdk/lib/definition.ts";
import type { TaskHooks } from "../../sdk/lib/hooks.ts";
import { schemaTask } from "../../sdk/lib/schema-task.ts";
import { task } from "../../sdk/lib/task.ts";
import { tasks } from "../../sdk/lib/tasks.ts";
import { Rehearsal } from "../support/rehearsal.ts";

// The hooks that are registered here are there for all tests of this file.

const said: string[] = [];
let globalAnswer: { skipRetrying: true } | undefined;
beforeEach(() => {
  said.length = 0;
  globalAnswer = undefined;
});

for (const n of [1, 2]) {
  tasks.middleware(async ({ next }) => {
    said.push(`global ${n} before`);
    await next();
    said.push(`global ${n} after`);
  });
}
tasks.onStartAttempt(() => void said.push("global onStartAttempt"));
tasks.onSuccess(() => void said.push("global onSuccess"));
tasks.onFailure(({ task: id, payload }) => void said.push(`global onFailure ${id} ${JSON.stringify(payload)}`));
tasks.onComplete("replaced", () => void said.push("never called"));
tasks.onComplete("replaced", () => void said.push("global onComplete"));
tasks.catchError(() => {
  said.push("global catchError");
  return globalAnswer;
});

const own: TaskHooks = {
  middleware: async ({ next }) => {
    said.push("own before");
    await next();
    said.push("own after");
  },
  onStartAttempt: () => void said.push("own onStartAttempt"),
  onSuccess: () => void said.push("own onSuccess"),
  onComplete: () => void said.push("own onComplete"),
  catchError: () => void said.push("own catchError"),
};

test("global hooks come before those of the task, and their middleware is around that of the task", async () => {
  await new Rehearsal(() => said.push("run"), own).completes();
  expect(said).toEqual([
    ...["global 1 before", "global 2 before", "own before", "global onStartAttempt", "own onStartAttempt", "run"],
    ...["global onSuccess", "own onSuccess", "global onComplete", "own onComplete"],
    ...["own after", "global 2 after", "global 1 after"],
  ]);
});

test("the first catchError that answers is the last that is asked", async () => {
  const failing = () =>
    new Rehearsal(() => {
      throw new Error("run broke");
    }, own).fails();
  expect((await failing()).retry).toBe(true);
  expect(said.filter((what) => what.endsWith("catchError"))).toEqual(["global catchError", "own catchError"]);
  said.length = 0;
  globalAnswer = { skipRetrying: true };
  expect((await failing()).retry).toBe(false);
  expect(said.filter((what) => what.endsWith("catchError"))).toEqual(["global catchError"]);
});

test("of a payload that does not fit its schema only global hooks are told, with what was triggered", async () => {
  const strict = schemaTask({
    id: "strict",
    schema: z.object({ n: z.number() }),
    onFailure: () => void said.push("own onFailure"),
    run: ({ n }) => n,
  });
  const run = new Rehearsal(() => 1);
  run.definition = strict[DEFINITION];
  expect(await run.fails()).toMatchObject({ retry: false, error: { name: "TaskPayloadParsedError" } });
  expect(said).toEqual(['global onFailure strict {"a":1}', "global onComplete"]);
});

test("what is no function is refused by its name", () => {
  const untyped: (hook: unknown) => void = tasks.onWait as (hook: unknown) => void;
  expect(() => untyped({})).toThrow("tasks.onWait() needs a function.");
  const options: object = { id: "t", run: () => 1, onSuccess: "no" };
  expect(() => task(options as Parameters<typeof task>[0])).toThrow('onSuccess of task "t" must be a function.');
});
