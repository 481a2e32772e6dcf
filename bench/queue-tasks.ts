import { queue, task } from "../sdk/index.ts";

/** What a run of `errand` does: nothing, for this long. */
const WORK_MS = 5;
/** How many of a limited queue execute at once. */
export const AT_ONCE = 10;

export const queues = {
  ten: queue({ name: "ten-at-once", concurrency: { total: AT_ONCE } }),
};

/** A little work, such as the call of a fast service. */
export const errand = task({
  id: "errand",
  retry: { maxAttempts: 1 },
  run: async () => {
    await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    return "done";
  },
});

/** Does so many errands one after the other, and gives their number. */
export const errands = task({
  id: "errands",
  retry: { maxAttempts: 1 },
  run: async ({ n }: { readonly n: number }) => {
    for (let i = 0; i < n; i += 1) await errand.triggerAndWait().unwrap();
    return n;
  },
});

export interface Line {
  readonly count: number;
  /** Their keys are `from` and up, counted round at `keys`. */
  readonly keys: number;
  readonly from: number;
}

/** Has so many errands stand in line, and waits for all of them. */
export const lineUp = task({
  id: "line-up",
  retry: { maxAttempts: 1 },
  run: async ({ count, keys, from }: Line) => {
    const { runs } = await errand.batchTriggerAndWait(
      Array.from({ length: count }, (_, i) => ({
        payload: undefined,
        options: { queue: queues.ten, concurrencyKey: String((from + i) % keys) },
      })),
    );
    return runs.filter((run) => run.ok).length;
  },
});

/** All tasks of a bench are in one isolate. */
const blocks = { areLetGo: false };

/** Keeps its slot until `letGo` has run. */
export const block = task({
  id: "block",
  retry: { maxAttempts: 1 },
  run: async () => {
    while (!blocks.areLetGo) await new Promise((resolve) => setTimeout(resolve, WORK_MS));
  },
});

export const letGo = task({
  id: "let-go",
  retry: { maxAttempts: 1 },
  run: () => {
    blocks.areLetGo = true;
  },
});

export const queueTasks = [errand, errands, lineUp, block, letGo];
