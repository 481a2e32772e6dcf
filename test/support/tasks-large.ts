import { batch, logger, task, tasks } from "../../sdk/index.ts";

/** Gives a text of that length. */
export const fill = task({
  id: "fill",
  retry: { maxAttempts: 1 },
  run: async ({ length }: { readonly length: number; readonly padding?: string }) => "x".repeat(length),
});

/** Waits for children in a batch whose outputs together are more than a message holds; gives their lengths added up. */
export const gatherLarge = task({
  id: "gather-large",
  retry: { maxAttempts: 1 },
  run: async ({ count, length }: { readonly count: number; readonly length: number }) => {
    const { runs } = await fill.batchTriggerAndWait(Array.from({ length: count }, () => ({ payload: { length } })));
    return runs.reduce((sum, run) => sum + (run.ok ? run.output.length : 0), 0);
  },
});

/** Waits for children with payloads that are together more than a message holds. */
export const sendLarge = task({
  id: "send-large",
  retry: { maxAttempts: 1 },
  run: async ({ count, length }: { readonly count: number; readonly length: number }) => {
    const waits = Array.from({ length: count }, (_, i) =>
      fill.triggerAndWait({ length: i, padding: "y".repeat(length) }).unwrap(),
    );
    return (await Promise.all(waits)).map((text) => text.length);
  },
});

/** Throws what nobody would expect to be thrown. */
export const throwOddly = task({
  id: "throw-oddly",
  retry: { maxAttempts: 1 },
  run: async ({ how }: { readonly how: string }) => {
    const error = new Error("odd");
    switch (how) {
      case "no message":
        throw Object.assign(error, { message: undefined });
      case "a message that is a number":
        throw Object.assign(error, { message: 5 });
      case "a name that is a symbol":
        throw Object.assign(error, { name: Symbol("odd") });
      case "a message of 40 MB":
        throw new Error("x".repeat(40_000_000));
      case "no prototype":
        throw Object.create(null);
      default:
        return "fine";
    }
  },
});

/** Logs more than a message holds, over several passes. */
export const logLarge = task({
  id: "log-large",
  retry: { maxAttempts: 1 },
  run: async ({ passes }: { readonly passes: number }) => {
    for (let i = 0; i < passes; i += 1) {
      for (let line = 0; line < 40; line += 1) logger.info(`${i}.${line} ${"z".repeat(7_900)}`);
      await fill.triggerAndWait({ length: 1 });
    }
  },
});

/** Triggers what tells who is above it: a child, and a batch of one. */
export const lineage = task({
  id: "lineage",
  run: async ({ levels }: { readonly levels: number }, { ctx }): Promise<unknown> => {
    const { id, rootTaskRunId, parentTaskRunId } = ctx.run;
    if (levels === 0) return { id, rootTaskRunId, parentTaskRunId };
    const payload = { levels: levels - 1 };
    const awaited = await tasks.triggerAndWait("lineage", payload).unwrap();
    const sent = await tasks.trigger("lineage", payload);
    const { batchId } = await batch.trigger([{ id: "lineage", payload }]);
    return { id, awaited, sent: sent.id, batchId };
  },
});

export const largeTasks = [fill, gatherLarge, sendLarge, throwOddly, logLarge, lineage];
