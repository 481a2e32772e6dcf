import { metadata, step, tags, task, wait } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";
import { add } from "./tasks-runs.ts";

interface Outside {
  readonly outside: string;
}

/** Changes its metadata and tags once. */
export const noteOnce = task({
  id: "note-once",
  run: async () => {
    metadata.set("done", true).increment("n", 2);
    await tags.add("noted");
  },
});

/** Counts in its metadata what it does: in each pass, before and after waits, in a step, in each attempt. */
export const countInMetadata = task({
  id: "count-in-metadata",
  retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
  run: async ({ waits }: { readonly waits: number }, { ctx }) => {
    metadata.increment("attempts").append("$.log.lines", `attempt ${ctx.attempt.number}`);
    for (let i = 0; i < waits; i += 1) {
      await step.run(`step ${i}`, () => {
        metadata.increment("steps");
      });
      await add.triggerAndWait({ a: i, b: i });
      metadata.increment("waits");
      await tags.add(`wait ${i % 3}`);
    }
    if (ctx.attempt.number === 1) throw new Error("as asked");
    metadata
      .del("gone")
      .set("tags", ctx.run.tags)
      .set("began with", ctx.run.metadata?.["attempts"] ?? null);
    return metadata.current();
  },
});

/** Works for long, and tells how far it is; the second time it waits until that is sent. */
export const noteProgress = task({
  id: "note-progress",
  run: async ({ outside }: Outside) => {
    for (let i = 0; i < 1000; i += 1) metadata.set("progress", i / 1000);
    await tags.add("half way");
    await tell(outside, "half");
    metadata.set("progress", 1);
    await metadata.flush();
    await tell(outside, "flushed");
  },
});

/** A run below another, which counts itself in the metadata of its parent and of the root, in two passes. */
export const countUp = task({
  id: "count-up",
  run: async ({ name }: { readonly name: string }) => {
    metadata.parent.increment("children").append("names", name);
    metadata.root.increment("all");
    await wait.for({ seconds: 0.05 });
    metadata.root.increment("ended");
    return name;
  },
});

/** Has children in its own group, in a batch, and elsewhere. */
export const haveChildren = task({
  id: "have-children",
  run: async () => {
    await countUp.triggerAndWait({ name: "awaited" }).unwrap();
    await countUp.batchTriggerAndWait([{ payload: { name: "item" } }, { payload: { name: "item" } }]);
    const { id } = await countUp.trigger({ name: "sent" });
    const { batchId } = await countUp.batchTrigger([{ payload: { name: "sent item" } }]);
    return { id, batchId };
  },
});

/** One level more, so that root and parent differ. */
export const haveGrandchildren = task({
  id: "have-grandchildren",
  run: async () => {
    const { id } = await haveChildren.trigger();
    return id;
  },
});

/** Tells in its metadata that it was cancelled. */
export const noteCancel = task({
  id: "note-cancel",
  run: async ({ outside }: Outside, { signal }) => {
    await tell(outside, "begun");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  },
  onCancel: async () => {
    metadata.set("state", "cleaned up");
    await tags.add("cancelled");
  },
});

export const noteTasks = [
  ...[noteOnce, countInMetadata, noteProgress],
  ...[countUp, haveChildren, haveGrandchildren, noteCancel],
];
