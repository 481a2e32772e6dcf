import { idempotencyKeys, logger, runs, step, task, wait } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";
import { add, visit } from "./tasks-runs.ts";

interface Outside {
  readonly outside: string;
}

interface ReplayInside {
  readonly id: string;
  readonly from?: string;
  readonly idempotencyKey?: string;
}

const ONCE = { maxAttempts: 1 };

/** Gives its payload back, and what it is told of itself. */
export const echoReplay = task({
  id: "echo-replay",
  run: (payload: unknown, { ctx }) => ({ payload, isReplay: ctx.run.isReplay, tags: ctx.run.tags }),
});

/** One of everything that a journal holds, then a step that the test may refuse. */
export const trek = task({
  id: "trek",
  retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
  run: async ({ outside }: Outside, { ctx }) => {
    const first = await step.run("first", async () => (await tell(outside, "first"), new Map([[ctx.run.id, 1]])));
    const child = await visit.triggerAndWait({ outside, what: "child", gives: new Date(7) });
    const shaky = await visit.triggerAndWait({ outside, what: "shaky" });
    const { runs: items } = await visit.batchTriggerAndWait([
      { payload: { outside, what: "item 0" } },
      { payload: { outside, what: "item 1" } },
    ]);
    await wait.for({ seconds: 0.2 });
    const sent = await visit.trigger({ outside, what: "sent off" });
    await step.run("last", async () => {
      await visit.trigger({ outside, what: "inside last" });
      await tell(outside, "last");
    });
    return {
      by: [...first.keys()],
      child: child.ok ? child.output : undefined,
      childId: child.id,
      shaky: shaky.ok,
      items: items.map((item) => item.id),
      sent: sent.id,
      attempt: ctx.attempt.number,
    };
  },
  onStartAttempt: ({ payload }) => step.run("announce", () => tell(payload.outside, "announced")),
});

/** Replays a run, then waits: each pass finds the same new run, and with a key others find it, too. Tells of what is refused. */
export const replayInside = task({
  id: "replay-inside",
  retry: ONCE,
  run: async ({ id, from, idempotencyKey: key }: ReplayInside) => {
    const idempotencyKey = key === undefined ? undefined : await idempotencyKeys.create(key, { scope: "global" });
    const again = await runs.replay(id, { from, idempotencyKey, tags: "again" }).then(
      (run) => run.id,
      (error: Error) => `${error.name}: ${error.message}`,
    );
    await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
    logger.info("replayed", { again });
    return again;
  },
});

export const replayTasks = [echoReplay, trek, replayInside];
