import { runs, task } from "../../sdk/index.ts";
import { tell, type Visit } from "./tasks-outside.ts";
import { add, visit } from "./tasks-runs.ts";

interface Outside {
  readonly outside: string;
}

/** Stays in the call that the test holds until it is told to stop, and tells of that. */
export const linger = task({
  id: "linger",
  retry: { maxAttempts: 3, minTimeoutInMs: 1 },
  run: async ({ outside, what }: Visit, { signal }) => {
    try {
      await tell(outside, what, signal);
    } catch (error) {
      if (signal.aborted) await tell(outside, `${what} was told to stop`);
      throw error;
    }
    return "was not told to stop";
  },
});

/** Takes no notice of the signal, and goes on to the end. */
export const carryOn = task({
  id: "carry-on",
  run: async ({ outside, what }: Visit) => {
    await tell(outside, what);
    await tell(outside, `${what} carried on`);
    return "carried on";
  },
});

/** A tree: each level waits for the next, the last one lingers. */
export const waitInTree = task({
  id: "wait-in-tree",
  run: async ({ outside, levels }: Outside & { levels: number }): Promise<string> => {
    if (levels === 0) return linger.triggerAndWait({ outside, what: "leaf" }).unwrap();
    return waitInTree.triggerAndWait({ outside, levels: levels - 1 }).unwrap();
  },
});

/** Waits for a batch of runs that linger. */
export const lingerAll = task({
  id: "linger-all",
  run: async ({ outside, children }: Outside & { children: number }) => {
    const items = Array.from({ length: children }, (_, i) => ({ payload: { outside, what: `item ${i}` } }));
    return (await linger.batchTriggerAndWait(items)).id;
  },
});

/** Triggers without waiting: a run, a batch, and a run that has a tree of its own; then lingers. */
export const startAndLinger = task({
  id: "start-and-linger",
  run: async ({ outside, detached }: Outside & { readonly detached?: true }, { signal }) => {
    const run = await linger.trigger({ outside, what: "run" }, { detached });
    const key = detached && `tree of ${outside}`;
    const tree = await waitInTree.trigger({ outside, levels: 1 }, { detached, idempotencyKey: key });
    const { batchId } = await linger.batchTrigger([{ payload: { outside, what: "item" } }], { detached });
    await visit.triggerAndWait({ outside, what: `${run.id} ${tree.id} ${batchId}` }).unwrap();
    await tell(outside, "parent", signal);
    return "was not cancelled";
  },
});

/** The moment before it makes children is the test's: what is cancelled by then makes none. */
export const makeChildrenThen = task({
  id: "make-children-then",
  run: async ({ outside, kind }: Outside & { kind: "run" | "batch" | "large batch" | "trigger" | "batchTrigger" }) => {
    await tell(outside, "about to");
    const payload = { outside, what: "child" };
    switch (kind) {
      case "run":
        return (await visit.triggerAndWait(payload)).ok;
      case "batch":
        return (await visit.batchTriggerAndWait([{ payload }, { payload }])).runs.length;
      case "large batch":
        return (await visit.batchTriggerAndWait(Array.from({ length: 800 }, () => ({ payload })))).runs.length;
      case "trigger":
        await visit.trigger(payload);
        return tell(outside, "triggered");
      case "batchTrigger":
        await visit.batchTrigger([{ payload }]);
        return tell(outside, "triggered");
    }
  },
});

/** Makes children as fast as it can, in every way there is, for as long as it lives. */
export const makeChildrenForever = task({
  id: "make-children-forever",
  run: async ({ outside }: Outside): Promise<never> => {
    for (let i = 0; ; i += 1) {
      await visit.trigger({ outside, what: "triggered" });
      await visit.batchTriggerAndWait([
        { payload: { outside, what: "awaited" } },
        { payload: { outside, what: "awaited" } },
      ]);
      await Promise.all([add.triggerAndWait({ a: i, b: 1 }), visit.triggerAndWait({ outside, what: "awaited" })]);
    }
  },
});

/** Replays a run, detached, then lingers. */
export const replayAndLinger = task({
  id: "replay-and-linger",
  run: async ({ outside, id }: Outside & { readonly id: string }, { signal }) => {
    await runs.replay(id, { payload: { outside, what: "again" }, tags: outside, detached: true });
    await tell(outside, "parent", signal);
  },
});

/** Detaches what cannot be, and tells how that was refused. */
export const detachWrongly = task({
  id: "detach-wrongly",
  run: async () => {
    const payload = { outside: "nowhere", what: "never" };
    const options = { detached: true };
    const wrong = [
      () => visit.triggerAndWait(payload, options),
      () => visit.batchTriggerAndWait([{ payload }], options),
      () => visit.batchTriggerAndWait([{ payload, options }]),
      () => visit.batchTrigger([{ payload, options }]),
    ];
    const refusals: string[] = [];
    for (const act of wrong) await Promise.resolve(act()).catch((error: Error) => refusals.push(error.message));
    return refusals;
  },
});

/** What a parent sees when its child is cancelled. */
export const outliveChild = task({
  id: "outlive-child",
  run: async ({ outside }: Outside) => {
    const result = await linger.triggerAndWait({ outside, what: "child" });
    return result.ok ? "ok" : `${result.error.name}: ${result.error.message}`;
  },
});

export const cancelTasks = [
  ...[linger, carryOn, waitInTree, lingerAll, startAndLinger, makeChildrenThen, makeChildrenForever, outliveChild],
  ...[replayAndLinger, detachWrongly],
];
