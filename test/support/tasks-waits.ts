import { SubtaskUnwrapError, step, task } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";
import { add, fail, visit, whoAmI } from "./tasks-runs.ts";

const ONCE = { maxAttempts: 1 };

/** What a parent sees of a child that completes, field by field. */
export const lookAtChild = task({
  id: "look-at-child",
  run: async ({ a, b }: { a: number; b: number }) => {
    const result = await add.triggerAndWait({ a, b });
    return result.ok
      ? { ok: true, id: result.id, task: result.taskIdentifier, output: result.output }
      : { ok: false, id: result.id };
  },
});

/** What a parent sees of a child that fails. */
export const lookAtFailure = task({
  id: "look-at-failure",
  run: async ({ message }: { message: string }) => {
    const result = await fail.triggerAndWait({ message });
    if (result.ok) return { ok: true };
    const { id, taskIdentifier, error } = result;
    return {
      ok: false,
      id,
      task: taskIdentifier,
      isError: error instanceof Error,
      name: error.name,
      said: error.message,
    };
  },
});

export const catchFailure = task({
  id: "catch-failure",
  run: async ({ message }: { message: string }) => {
    try {
      return { output: await fail.triggerAndWait({ message }).unwrap() };
    } catch (error) {
      if (!(error instanceof SubtaskUnwrapError)) throw error;
      const { taskId, runId, cause } = error;
      return { taskId, runId, cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : "none" };
    }
  },
});

export const unwrapFailure = task({
  id: "unwrap-failure",
  retry: ONCE,
  run: ({ message }: { message: string }) => fail.triggerAndWait({ message }).unwrap(),
});

/** Waits in functions that call functions that wait. */
export const waitInHelpers = task({
  id: "wait-in-helpers",
  run: async ({ n }: { n: number }) => sumOfTwo(await twice(n), await twice(n + 1)),
});

async function twice(n: number): Promise<number> {
  return sumOfTwo(n, n);
}

async function sumOfTwo(a: number, b: number): Promise<number> {
  return add.triggerAndWait({ a, b }).unwrap();
}

/** A wait in each turn of a loop; tells the outside of every pass. */
export const waitInLoop = task({
  id: "wait-in-loop",
  run: async ({ outside, turns }: { outside: string; turns: number }) => {
    await tell(outside, "pass");
    let sum = 0;
    for (let i = 1; i <= turns; i += 1) sum = await add.triggerAndWait({ a: sum, b: i }).unwrap();
    return sum;
  },
});

/** Which child runs depends on what another one gave. */
export const waitConditionally = task({
  id: "wait-conditionally",
  run: async ({ outside, n }: { outside: string; n: number }) => {
    const sum = await add.triggerAndWait({ a: n, b: 0 }).unwrap();
    if (sum % 2 === 0) return visit.triggerAndWait({ outside, what: "even" }).unwrap();
    return visit.triggerAndWait({ outside, what: "odd" }).unwrap();
  },
});

export const waitInTry = task({
  id: "wait-in-try",
  run: async ({ outside }: { outside: string }) => {
    try {
      return await visit.triggerAndWait({ outside, what: "child" }).unwrap();
    } catch (error) {
      await tell(outside, "catch");
      throw error;
    } finally {
      await tell(outside, "finally");
    }
  },
});

/** Calls itself, one level deeper each time; the way down and up again. */
export const nest = task({
  id: "nest",
  run: async ({ levels }: { levels: number }): Promise<number> =>
    levels === 0 ? 0 : 1 + (await nest.triggerAndWait({ levels: levels - 1 }).unwrap()),
});

/** The same, each level in a batch of its own. */
export const nestInBatches = task({
  id: "nest-in-batches",
  run: async ({ levels }: { levels: number }, { ctx }): Promise<{ levels: number; deepest: string }> => {
    if (levels === 0) return { levels: 0, deepest: ctx.run.id };
    const { runs } = await nestInBatches.batchTriggerAndWait([{ payload: { levels: levels - 1 } }]);
    const [run] = runs;
    if (run?.ok !== true) throw new Error(`Level ${levels}: ${run?.error.message ?? "no result"}`);
    return { levels: run.output.levels + 1, deepest: run.output.deepest };
  },
});

/** Fails at the bottom; every level above throws what it gets. */
export const nestToFailure = task({
  id: "nest-to-failure",
  retry: ONCE,
  run: async ({ levels }: { levels: number }): Promise<number> =>
    levels === 0
      ? fail.triggerAndWait({ message: "bottom" }).unwrap()
      : nestToFailure.triggerAndWait({ levels: levels - 1 }).unwrap(),
});

/** Does `begun` between the start of the wait and the wait itself. */
export const beginThenWait = task({
  id: "begin-then-wait",
  retry: ONCE,
  run: async ({ outside }: { outside: string }) => {
    const wait = visit.triggerAndWait({ outside, what: "child" });
    const meanwhile = await step.run("meanwhile", async () => {
      await tell(outside, "meanwhile");
      return "done meanwhile";
    });
    return { meanwhile, child: await wait.unwrap() };
  },
});

/** What a child is told of its parents. */
export const askChild = task({
  id: "ask-child",
  run: async (_: void, { ctx }) => ({ self: ctx.run.id, child: await whoAmI.triggerAndWait().unwrap() }),
});

export const waitTasks = [
  ...[lookAtChild, lookAtFailure, catchFailure, unwrapFailure, waitInHelpers, waitInLoop, waitConditionally, waitInTry],
  ...[nest, nestInBatches, nestToFailure, beginThenWait, askChild],
];
