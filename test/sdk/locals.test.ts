import { describe, expect, test } from "vitest";
import { locals } from "../../sdk/lib/locals.ts";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import { Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });

describe("locals", () => {
  const user = locals.create<string>("user");

  test("that middleware sets are there in the task, its steps and all hooks, anew in each pass", async () => {
    const seen: unknown[] = [];
    const look = (): void => void seen.push(locals.get(user));
    let passes = 0;
    const run = new Rehearsal(
      async () => {
        look();
        await step.run("s", look);
        await ask.triggerAndWait("q");
      },
      {
        middleware: async ({ next }) => {
          look();
          passes += 1;
          expect(locals.set(user, `pass ${passes}`)).toBe(`pass ${passes}`);
          await next();
        },
        ...{ onStartAttempt: look, onWait: look, onResume: look, onComplete: look },
      },
    );
    await run.suspends();
    expect(seen.splice(0)).toEqual([undefined, "pass 1", "pass 1", "pass 1", "pass 1"]);
    run.settle("run:ask#0", "a");
    await run.completes();
    expect(seen).toEqual([undefined, "pass 2", "pass 2", "pass 2"]);
  });

  test("that nobody has set are undefined, or an error that names them", async () => {
    await new Rehearsal(() => expect(locals.get(user)).toBeUndefined()).pass();
    const { error } = await new Rehearsal(() => locals.getOrThrow(user)).fails();
    expect(error.message).toContain('The local "user" was not set in this pass.');
    expect(() => locals.set(user, "me")).toThrow("locals.set() works only in a task and its hooks.");
    expect(() => locals.create("")).toThrow("needs an id");
  });
});
