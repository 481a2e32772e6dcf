import { AbortTaskRunError, CompleteTaskWithOutput, logger, OutOfMemoryError, step, task } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";
import { add, fail, visit } from "./tasks-runs.ts";

interface Outside {
  readonly outside: string;
}

const SOON = { minTimeoutInMs: 1, maxTimeoutInMs: 1, randomize: false };

/** Tells of each attempt; fails when refused, so the test decides which attempt succeeds. */
export const tryAgain = task({
  id: "try-again",
  retry: { maxAttempts: 3, ...SOON },
  run: async ({ outside }: Outside, { ctx }) => {
    await tell(outside, "attempt");
    return { attempt: ctx.attempt.number, of: ctx.run.maxAttempts };
  },
});

export const backOff = task({
  id: "back-off",
  retry: { maxAttempts: 4, minTimeoutInMs: 200, factor: 2, maxTimeoutInMs: 500, randomize: false },
  run: async ({ outside }: Outside): Promise<never> => {
    await tell(outside, "attempt");
    throw new Error("always");
  },
});

/** Waits for a minute before its second attempt. */
export const retryLate = task({
  id: "retry-late",
  retry: { maxAttempts: 2, minTimeoutInMs: 60_000, maxTimeoutInMs: 60_000 },
  run: async ({ outside }: Outside): Promise<never> => {
    await tell(outside, "late attempt");
    throw new Error("later");
  },
});

/** Has too little memory, as often as the test refuses. */
export const runShort = task({
  id: "run-short",
  retry: { maxAttempts: 5, ...SOON },
  run: ({ outside }: Outside, { ctx }) => needMemory(outside, ctx.machine?.name),
});

/** The same, with a machine to go on with. */
export const runShortOnce = task({
  id: "run-short-once",
  retry: { maxAttempts: 5, ...SOON, outOfMemory: { machine: "large-1x" } },
  run: ({ outside }: Outside, { ctx }) => needMemory(outside, ctx.machine?.name),
});

async function needMemory(outside: string, machine = "no machine"): Promise<string> {
  try {
    await tell(outside, machine);
    return machine;
  } catch {
    throw new OutOfMemoryError(`The heap of ${machine} is full.`);
  }
}

/** Gives its output from within a function that it calls. */
export const completeEarly = task({
  id: "complete-early",
  run: async () => {
    await add.triggerAndWait({ a: 1, b: 1 });
    const finishWith = (output: unknown): never => {
      throw new CompleteTaskWithOutput(output);
    };
    return finishWith(new Map([["early", new Date(5)]]));
  },
  onSuccess: ({ output }) => logger.info("succeeded", { output }),
});

export const abort = task({
  id: "abort",
  retry: { maxAttempts: 5, ...SOON },
  run: async ({ outside }: Outside): Promise<never> => {
    await tell(outside, "attempt");
    throw new AbortTaskRunError("enough");
  },
});

/** Throws something that is no Error. */
export const throwText = task({
  id: "throw-text",
  retry: { maxAttempts: 1 },
  run: (): never => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what users do
    throw "just text";
  },
});

/**
 * Two steps and two children; what the outside refuses fails the attempt. The pass count tells how often the code itself
 * has run.
 */
export const remember = task({
  id: "remember",
  retry: { maxAttempts: 4, ...SOON },
  run: async ({ outside }: Outside, { ctx }) => {
    const first = await step.run("first", () => giving(outside, "first step"));
    const childA = await visit.triggerAndWait({ outside, what: "child a" }).unwrap();
    const second = await step.run("second", () => giving(outside, "second step"));
    const childB = await visit.triggerAndWait({ outside, what: "child b" }).unwrap();
    return { attempt: ctx.attempt.number, first, childA, second, childB };
  },
});

async function giving(outside: string, what: string): Promise<string> {
  await tell(outside, what);
  return `${what} given`;
}

/** Insists on all items of its batch: fails the attempt if one failed. */
export const rememberBatch = task({
  id: "remember-batch",
  retry: { maxAttempts: 3, ...SOON },
  run: async ({ outside, items }: Outside & { items: number }, { ctx }) => {
    const payloads = Array.from({ length: items }, (_, i) => ({ payload: { outside, what: `item ${i}` } }));
    const { runs } = await visit.batchTriggerAndWait(payloads);
    return { attempt: ctx.attempt.number, outputs: runs.map((run) => outputOf(run)), ids: runs.map((run) => run.id) };
  },
});

function outputOf<T>(result: { ok: true; output: T } | { ok: false; error: Error }): T {
  if (result.ok) return result.output;
  throw result.error;
}

/** Its first attempt fails while the slow child is under way; the second one waits for that same child. */
export const failBesideChild = task({
  id: "fail-beside-child",
  retry: { maxAttempts: 2, ...SOON },
  run: async ({ outside }: Outside, { ctx }) => {
    const slow = visit.triggerAndWait({ outside, what: "slow" });
    await visit.triggerAndWait({ outside, what: "quick" }).unwrap();
    await tell(outside, `attempt ${ctx.attempt.number}`);
    if (ctx.attempt.number === 1) throw new Error("the first attempt fails");
    return { attempt: ctx.attempt.number, slow: await slow.unwrap() };
  },
});

/** Asks its child for something else in every pass. */
export const changeItsMind = task({
  id: "change-its-mind",
  retry: { maxAttempts: 2, ...SOON },
  run: async ({ outside }: Outside) => {
    await tell(outside, "pass");
    return add.triggerAndWait({ a: Math.random(), b: 0 }).unwrap();
  },
});

/** The same through a batch, and caught: what is not deterministic cannot be caught away. */
export const changeItsBatch = task({
  id: "change-its-batch",
  retry: { maxAttempts: 1 },
  run: async () => {
    try {
      const { runs } = await add.batchTriggerAndWait([{ payload: { a: Math.random(), b: 0 } }]);
      return runs.length;
    } catch {
      return -1;
    }
  },
});

/** Asks for something else in its second attempt, which is no fault. */
export const askAnew = task({
  id: "ask-anew",
  retry: { maxAttempts: 2, ...SOON },
  run: async (_: void, { ctx }) => {
    const sum = await add.triggerAndWait({ a: ctx.attempt.number, b: 0 }).unwrap();
    if (ctx.attempt.number === 1) throw new Error("once more");
    return sum;
  },
});

/** A failed child within an attempt stays failed for that attempt, however often it is replayed. */
export const bearFailure = task({
  id: "bear-failure",
  run: async ({ outside }: Outside) => {
    const results: string[] = [];
    for (const what of ["one", "two", "three"]) {
      const result = await visit.triggerAndWait({ outside, what });
      results.push(result.ok ? "ok" : "failed");
    }
    return results;
  },
});

export const logAndRetry = task({
  id: "log-and-retry",
  retry: { maxAttempts: 2, ...SOON },
  run: async (_: void, { ctx }) => {
    logger.debug("begins", { attempt: ctx.attempt.number });
    await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
    logger.info("after the first wait", { at: new Date(0), list: [1, 2], big: 7n });
    await fail.triggerAndWait({ message: "is borne" });
    logger.warn("after the second wait");
    if (ctx.attempt.number === 1) {
      logger.error("gives up", { error: new Error("why") });
      throw new Error("again");
    }
    return "logged";
  },
});

export const retryTasks = [
  ...[tryAgain, backOff, retryLate, abort, throwText, remember, rememberBatch, failBesideChild],
  ...[changeItsMind, changeItsBatch, askAnew, bearFailure, logAndRetry],
  ...[runShort, runShortOnce, completeEarly],
];
