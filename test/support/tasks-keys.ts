import { batch, idempotencyKeys, runs, step, task } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";

interface Outside {
  readonly outside: string;
}

/** Tells that it has begun, and gives its own id; fails when it is refused. */
export const single = task({
  id: "single",
  retry: { maxAttempts: 1 },
  run: async ({ outside, what = "begun" }: Outside & { readonly what?: string }, { ctx }) => {
    await tell(outside, what);
    return ctx.run.id;
  },
});

/** Waits for the child that holds a key everywhere. */
export const shareChild = task({
  id: "share-child",
  retry: { maxAttempts: 1 },
  run: async ({ outside, key }: Outside & { readonly key: string }) => {
    const idempotencyKey = await idempotencyKeys.create(key, { scope: "global" });
    const child = await single.triggerAndWait({ outside }, { idempotencyKey });
    return child.ok ? { id: child.id, output: child.output } : { id: child.id, error: child.error.message };
  },
});

/** Triggers with one key of its own run twice in each of two attempts, and waits for it. */
export const keyedInside = task({
  id: "keyed-inside",
  retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
  run: async ({ outside }: Outside, { ctx }) => {
    const first = await single.trigger({ outside }, { idempotencyKey: "mine" });
    const second = await single.trigger({ outside }, { idempotencyKey: ["mine"] });
    const attempt = await idempotencyKeys.create("mine", { scope: "attempt" });
    await single.trigger({ outside, what: "per attempt" }, { idempotencyKey: attempt });
    const waited = await single.triggerAndWait({ outside }, { idempotencyKey: "mine" }).unwrap();
    if (ctx.attempt.number === 1) throw new Error("as asked");
    return { ids: [first.id, second.id, waited], cached: [first.isCached, second.isCached] };
  },
});

/** A batch whose items share a key, beside one that has none. */
export const keyedItems = task({
  id: "keyed-items",
  retry: { maxAttempts: 1 },
  run: async ({ outside, key }: Outside & { readonly key: string }) => {
    const idempotencyKey = await idempotencyKeys.create(key, { scope: "global" });
    const payload = { outside };
    const keyed = { payload, options: { idempotencyKey } };
    const { runs: results } = await single.batchTriggerAndWait([keyed, { payload }, keyed]);
    return results.map((run) => (run.ok ? run.output : run.error.message));
  },
});

/** Has a batch with a key made twice; waits for it by asking. */
export const keyedBatch = task({
  id: "keyed-batch",
  retry: { maxAttempts: 1 },
  run: async ({ outside }: Outside) => {
    const items = [{ payload: { outside } }, { payload: { outside } }];
    const first = await single.batchTriggerAndWait(items, { idempotencyKey: "batch" });
    const second = await single.batchTriggerAndWait(items, { idempotencyKey: "batch" });
    return [first, second].map(({ runs: all }) => all.map((run) => run.id));
  },
});

/** Is canceled while it waits for a child that it shares with others. */
export const cancelSharing = task({
  id: "cancel-sharing",
  retry: { maxAttempts: 1 },
  run: async ({ outside, key }: Outside & { readonly key: string }) => {
    const idempotencyKey = await idempotencyKeys.create(key, { scope: "global" });
    await step.run("say so", () => tell(outside, "sharing"));
    await single.triggerAndWait({ outside, what: "shared" }, { idempotencyKey });
    return [batch, runs].length;
  },
});

/** Waits for a child that it debounces with others. */
export const debounceInside = task({
  id: "debounce-inside",
  retry: { maxAttempts: 1 },
  run: async ({ outside, key = "mine" }: Outside & { readonly key?: string }) =>
    single.triggerAndWait({ outside }, { debounce: { key, delay: "1s" } }).unwrap(),
});

export const keyTasks = [debounceInside, single, shareChild, keyedInside, keyedItems, keyedBatch, cancelSharing];
