import { AbortTaskRunError, locals, logger, retry, schemaTask, step, task, tasks } from "../../sdk/index.ts";
import { z } from "zod";
import { tell } from "./tasks-outside.ts";
import { add, visit } from "./tasks-runs.ts";

interface Outside {
  readonly outside: string;
}

const SOON = { minTimeoutInMs: 1, maxTimeoutInMs: 1, randomize: false };

// Every run of this Worker comes by here; only those that ask for it tell of it.
const GLOBAL = z.object({ outside: z.string(), tellGlobally: z.literal(true) });
const outsideOf = (payload: unknown): string | undefined => GLOBAL.safeParse(payload).data?.outside;
tasks.middleware("outermost", async ({ payload, next }) => {
  const outside = outsideOf(payload);
  if (outside !== undefined) await tell(outside, "global before");
  await next();
  if (outside !== undefined) await tell(outside, "global after");
});
tasks.onComplete(async ({ payload, result }) => {
  const outside = outsideOf(payload);
  if (outside !== undefined) await tell(outside, `global onComplete ${result.ok}`);
});

const passes = locals.create<{ begunAt: number }>("passes");

/** Tells of everything that happens to it, in the task and in all its hooks. */
export const hooked = task({
  id: "hooked",
  retry: { maxAttempts: 3, ...SOON },
  run: async ({ outside, waits }: Outside & { waits: number; tellGlobally?: true }, { ctx }) => {
    await step.run("begin", () => tell(outside, `attempt ${ctx.attempt.number}`));
    for (let i = 0; i < waits; i += 1) await add.triggerAndWait({ a: i, b: 1 }).unwrap();
    await tell(outside, "run ends");
    return { begunAt: typeof locals.getOrThrow(passes).begunAt };
  },
  middleware: async ({ payload: { outside }, next }) => {
    locals.set(passes, { begunAt: Date.now() });
    await tell(outside, "before");
    await next();
    await tell(outside, "after");
  },
  onStartAttempt: ({ payload: { outside } }) => tell(outside, "onStartAttempt"),
  onSuccess: async ({ payload: { outside }, output }) => {
    await step.run("note", () => visit.trigger({ outside, what: "triggered by onSuccess" }));
    await tell(outside, `onSuccess ${output.begunAt}`);
  },
  onFailure: ({ payload: { outside }, error }) =>
    tell(outside, `onFailure: ${error instanceof Error && error.message}`),
  onComplete: ({ payload: { outside }, result }) => tell(outside, `onComplete ${result.ok}`),
  onWait: ({ payload: { outside }, wait }) => tell(outside, `onWait ${wait.type}`),
  onResume: ({ payload: { outside }, wait }) => tell(outside, `onResume ${wait.type}`),
  catchError: ({ payload: { outside } }) => tell(outside, "catchError"),
});

/** Says which run it waits for, before that has begun. */
export const waitNamed = task({
  id: "wait-named",
  run: async ({ outside }: Outside) => {
    const child = await visit.triggerAndWait({ outside, what: "child" });
    const { id } = await add.batchTriggerAndWait([{ payload: { a: 1, b: 1 } }, { payload: { a: 2, b: 2 } }]);
    return [child.id, id];
  },
  onWait: ({ wait }) => logger.info("waits", wait),
  onResume: ({ wait }) => logger.info("resumes", wait),
});

/** Decides in `catchError` when it is tried again. */
export const decideAnew = task({
  id: "decide-anew",
  retry: { maxAttempts: 3, minTimeoutInMs: 50_000, maxTimeoutInMs: 50_000 },
  run: async ({ outside }: Outside & { answer: string }) => tell(outside, "attempt"),
  catchError: ({ payload: { answer }, error }) => {
    switch (answer) {
      case "long ago":
        return { retryAt: new Date(0) };
      case "in an hour":
        return { retryAt: new Date(Date.now() + 3_600_000) };
      case "in 300 ms":
        return { retryDelayInMs: 300 };
      case "never":
        return { skipRetrying: true };
      case "as another":
        return { error: new AbortTaskRunError(`instead of: ${error instanceof Error && error.message}`) };
      default:
        return undefined;
    }
  },
});

/** Lingers until it is told to stop, tells of its end, and fails in its hook after that. */
export const cancelHooked = task({
  id: "cancel-hooked",
  retry: { maxAttempts: 3, ...SOON },
  run: async ({ outside }: Outside, { signal }) => {
    logger.info("run begins");
    try {
      await tell(outside, "work", signal);
    } catch {
      await tell(outside, "cleans up");
    }
    return "ended";
  },
  onCancel: async ({ payload: { outside }, runPromise }) => {
    await tell(outside, `onCancel: ${await runPromise}`);
    await visit.trigger({ outside, what: "triggered by onCancel" });
    throw new Error("the hook broke");
  },
  onFailure: ({ payload: { outside } }) => tell(outside, "onFailure"),
  onComplete: ({ payload: { outside } }) => tell(outside, "onComplete"),
});

/** Waits in a hook, which is refused. */
export const waitInHook = task({
  id: "wait-in-hook",
  run: () => "done",
  onSuccess: async () => {
    await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
  },
});

/** Has every hook, and none of them does anything. */
export const idleHooks = task({
  id: "idle-hooks",
  run: () => "done",
  middleware: ({ next }) => next(),
  ...{ onStartAttempt: () => undefined, onSuccess: () => undefined, onFailure: () => undefined },
  ...{ onComplete: () => undefined, onWait: () => undefined, onResume: () => undefined, onCancel: () => undefined },
});

/** Tries a step again in place. */
export const retryInPlace = task({
  id: "retry-in-place",
  retry: { maxAttempts: 1 },
  run: ({ outside }: Outside) =>
    step.run("call", () =>
      retry.onThrow(
        async ({ attempt }) => {
          await tell(outside, "call");
          return attempt;
        },
        { maxAttempts: 3, ...SOON },
      ),
    ),
});

export const strictHooked = schemaTask({
  id: "strict-hooked",
  schema: z.object({ days: z.coerce.number() }),
  run: ({ days }) => days,
  onSuccess: ({ payload }) => logger.info("days", { days: payload.days }),
});

export const hookTasks = [
  ...[hooked, waitNamed, decideAnew, cancelHooked, waitInHook, idleHooks, retryInPlace, strictHooked],
];
