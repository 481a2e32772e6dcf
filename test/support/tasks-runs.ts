import * as v from "valibot";
import { runs, schemaTask, task } from "../../sdk/index.ts";
import { tell, type Visit } from "./tasks-outside.ts";

const ONCE = { maxAttempts: 1 };

export const add = task({ id: "add", run: (payload: { a: number; b: number }) => payload.a + payload.b });

/** Tells the outside what it is for, once an attempt, and gives `gives` (else what it told). Fails when refused. */
export const visit = task({
  id: "visit",
  retry: ONCE,
  run: async ({ outside, what, gives }: Visit & { readonly gives?: unknown }) => {
    await tell(outside, what);
    return gives ?? what;
  },
});

export const fail = task({
  id: "fail",
  retry: ONCE,
  run: ({ message }: { message: string }): number => {
    throw new RangeError(message);
  },
});

/** Gives what a server answers. */
export const ask = task({
  id: "ask",
  retry: ONCE,
  run: async ({ url }: { url: string }) => (await fetch(url)).text(),
});

/** Gives what it is told of itself. */
export const whoAmI = task({
  id: "who-am-i",
  run: (_: void, { ctx }) => ({ ...ctx }),
});

export const greetPerson = schemaTask({
  id: "greet-person",
  schema: v.object({ name: v.string(), born: v.optional(v.date()) }),
  run: ({ name, born }) => `${name} (${born?.getUTCFullYear() ?? "?"})`,
});

/** Looks at itself, or at lists, until it is told to stop. */
export const lookOn = task({
  id: "look-on",
  retry: ONCE,
  run: async ({ at }: { readonly at: "run" | "list" }, { ctx, signal }) => {
    while (!signal.aborted) await (at === "run" ? runs.retrieve(ctx.run.id) : runs.list({ limit: 1 }));
  },
});

export const runTasks = [lookOn, add, visit, fail, ask, whoAmI, greetPerson];
