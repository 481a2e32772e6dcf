import { queue, queues as queueOffice, task, wait } from "../../sdk/index.ts";
import { tell, type Visit } from "./tasks-outside.ts";

/** Queues that nothing but a test of its own uses. Their names say what they limit. */
export const queues = {
  two: queue({ name: "two-at-once", concurrencyLimit: 2 }),
  one: queue({ name: "one-at-once", concurrencyLimit: 1 }),
  ordered: queue({ name: "one-in-order", concurrencyLimit: 1 }),
  perKey: queue({ name: "one-per-key", concurrencyLimit: 1 }),
  fair: queue({ name: "one-in-all", concurrency: { total: 1 } }),
  both: queue({ name: "two-per-key-three-in-all", concurrency: { perKey: 2, total: 3 } }),
  batched: queue({ name: "three-of-a-batch", concurrencyLimit: 3 }),
  inFlight: queue({ name: "two-in-flight", inFlight: { total: 2 } }),
  executing: queue({ name: "two-executing", concurrency: { total: 2 } }),
  rated: queue({ name: "three-a-second", rateLimit: { limit: 3, period: "1s" } }),
  publishedTtl: queue({ name: "published-ttl", concurrencyLimit: 1 }),
  publishedKeys: queue({ name: "published-keys", concurrencyLimit: 1 }),
  publishedOrder: queue({ name: "published-order", concurrencyLimit: 1 }),
  managed: queue({ name: "managed/by-hand", concurrencyLimit: 1 }),
  overridden: queue({ name: "overridden", concurrency: { total: 1 } }),
  published: queue({ name: "published/client", concurrencyLimit: 1 }),
  counted: queue({ name: "counted", concurrencyLimit: 10 }),
  paced: queue({ name: "only-paced", rateLimit: { limit: 1000, period: "1s" } }),
  ratedPerKey: queue({ name: "one-a-second-per-key", rateLimitPerKey: { limit: 1, period: "1s" } }),
};

/** Tells what it is, and ends when it is answered. */
export const enter = task({
  id: "enter",
  retry: { maxAttempts: 1 },
  run: async ({ outside, what }: Visit, { ctx, signal }) => {
    await tell(outside, what, signal);
    return ctx.queue;
  },
});

/** Tells that it begins and that it ends, so that one can count how many are between. */
export const stay = task({
  id: "stay",
  retry: { maxAttempts: 1 },
  run: async ({ outside }: { readonly outside: string }) => {
    await tell(outside, "begin");
    await tell(outside, "end");
  },
});

/** Tells what it is, fails at its first attempt, and has its second one after a pause. */
export const stumble = task({
  id: "stumble",
  retry: { maxAttempts: 2, minTimeoutInMs: 100, maxTimeoutInMs: 100 },
  run: async ({ outside, what }: Visit, { ctx }) => {
    await tell(outside, `${what} ${ctx.attempt.number}`);
    if (ctx.attempt.number === 1) throw new Error("as asked");
  },
});

/** Waits for a token before it goes on. */
export const layOver = task({
  id: "lay-over",
  retry: { maxAttempts: 1 },
  run: async ({ outside, what, token }: Visit & { readonly token: string }) => {
    await tell(outside, what);
    await wait.forToken(token);
    await tell(outside, `${what} again`);
  },
});

/** A task with limits of its own, whose runs wait for others of the same kind, as deep as is asked. */
export const descend = task({
  id: "descend",
  queue: { concurrencyLimit: 1 },
  run: async ({ outside, depth }: { readonly outside: string; readonly depth: number }): Promise<number> => {
    await tell(outside, "begin");
    await tell(outside, "end");
    if (depth === 0) return 1;
    const { runs } = await descend.batchTriggerAndWait([
      { payload: { outside, depth: depth - 1 } },
      { payload: { outside, depth: depth - 1 } },
    ]);
    await tell(outside, "begin");
    await tell(outside, "end");
    return runs.reduce((sum, run) => sum + (run.ok ? run.output : NaN), 1);
  },
});

/** Asks about its own queue, and pauses and resumes it. */
export const manage = task({
  id: "manage",
  queue: { concurrencyLimit: 2 },
  retry: { maxAttempts: 1 },
  run: async () => {
    const own = { type: "task", name: "manage" } as const;
    const { running } = await queueOffice.retrieve(own);
    const { paused } = await queueOffice.pause(own);
    const { concurrencyLimit } = await queueOffice.overrideConcurrencyLimit(own, 7);
    const resumed = await queueOffice.resume(own);
    const reset = await queueOffice.resetConcurrencyLimit(own);
    return [running, paused, concurrencyLimit, resumed.paused, reset.concurrencyLimit];
  },
});

export const inAnotherQueue = task({ id: "in-another-queue", queue: queues.paced, run: () => undefined });

export const queueTasks = [enter, stay, stumble, layOver, descend, manage, inAnotherQueue];
