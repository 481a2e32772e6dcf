import { logger, step, task } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";
import { add, visit } from "./tasks-runs.ts";

interface Outside {
  readonly outside: string;
}

const SOON = { minTimeoutInMs: 1, maxTimeoutInMs: 1, randomize: false };

/** A step before, between and after waits; tells of each pass. */
export const stepBetweenWaits = task({
  id: "step-between-waits",
  run: async ({ outside }: Outside) => {
    await tell(outside, "pass");
    const take = (what: string) => step.run("take", async () => (await tell(outside, what), { what, at: new Date(0) }));
    const before = await take("before");
    await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
    const between = await take("between");
    await add.triggerAndWait({ a: 2, b: 2 }).unwrap();
    const after = await take("after");
    return [before, between, after];
  },
});

/** Two steps at once; the second attempt finds what succeeded. */
export const stepTogether = task({
  id: "step-together",
  retry: { maxAttempts: 2, ...SOON },
  run: async ({ outside }: Outside, { ctx }) => {
    const [left, right] = await Promise.all([
      step.run("left", () => tell(outside, "left").then(() => "left")),
      step.run("right", () => tell(outside, "right").then(() => "right")),
    ]);
    return { left, right, attempt: ctx.attempt.number };
  },
});

/** Bears a failed step, then waits: the replay meets the same failure without calling the step again. */
export const bearStep = task({
  id: "bear-step",
  run: async ({ outside }: Outside) => {
    const said = await step
      .run("refused", () => tell(outside, "step"))
      .then(
        () => "nothing",
        (error: unknown) =>
          error instanceof TypeError ? "TypeError" : error instanceof Error ? error.message : "no Error",
      );
    await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
    return said;
  },
});

/** A step still in flight when the function returns is finished first. */
export const leaveStepBehind = task({
  id: "leave-step-behind",
  run: async ({ outside }: Outside) => {
    void step.run("left behind", () => tell(outside, "left behind"));
    return "returned";
  },
});

export const waitInStep = task({
  id: "wait-in-step",
  retry: { maxAttempts: 1 },
  run: () => step.run("outer", () => add.triggerAndWait({ a: 1, b: 1 }).unwrap()),
});

/** Triggers without waiting, in the task and in a step, then waits and fails once: nothing of it is done twice. */
export const triggerBeside = task({
  id: "trigger-beside",
  retry: { maxAttempts: 2, ...SOON },
  run: async ({ outside }: Outside, { ctx }) => {
    await tell(outside, "pass");
    const direct = await visit.trigger({ outside, what: "direct" }, { tags: ["beside"] });
    const inStep = await step.run("start one", async () => (await visit.trigger({ outside, what: "in step" })).id);
    const { batchId } = await visit.batchTrigger([
      { payload: { outside, what: "batch 0" } },
      { payload: { outside, what: "batch 1" } },
    ]);
    await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
    if (ctx.attempt.number === 1) throw new Error("once more");
    return { direct: direct.id, inStep, batchId };
  },
});

/** Triggers the same task several times: each call is a run of its own. */
export const triggerThrice = task({
  id: "trigger-thrice",
  run: async ({ outside }: Outside) => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.push((await visit.trigger({ outside, what: "same" })).id);
    await add.triggerAndWait({ a: 0, b: 0 });
    return ids;
  },
});

/** Starts a run and ends: the run goes on without it. */
export const triggerAndEnd = task({
  id: "trigger-and-end",
  run: async ({ outside }: Outside) => (await visit.trigger({ outside, what: "goes on" })).id,
});

/** Logs in and around everything that is replayed. */
export const logAroundWaits = task({
  id: "log-around-waits",
  run: async ({ waits }: { waits: number }) => {
    logger.info("begins");
    for (let i = 0; i < waits; i += 1) {
      await step.run("step", () => logger.debug(`in step ${i}`));
      await add.triggerAndWait({ a: i, b: 0 }).unwrap();
      logger.info(`after wait ${i}`, { i });
    }
    return "done";
  },
});

/** Takes so many steps, which need nothing from outside. */
export const takeSteps = task({
  id: "take-steps",
  retry: { maxAttempts: 1 },
  run: async ({ steps }: { readonly steps: number }) => {
    for (let i = 0; i < steps; i += 1) await step.run(`step ${i}`, () => i);
  },
});

export const stepTasks = [
  ...[stepBetweenWaits, stepTogether, bearStep, leaveStepBehind, waitInStep],
  ...[triggerBeside, triggerThrice, triggerAndEnd, logAroundWaits, takeSteps],
];
