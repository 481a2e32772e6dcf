import { task } from "../../sdk/index.ts";

interface Span {
  readonly ms: number;
}

/** Takes so long. */
export const take = task({
  id: "take",
  retry: { maxAttempts: 1 },
  run: async ({ ms }: Span) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "taken";
  },
});

/** Takes so long, and then has five children who do. */
export const takeWithChildren = task({
  id: "take-with-children",
  retry: { maxAttempts: 1 },
  run: async ({ ms }: Span) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const { runs } = await take.batchTriggerAndWait(Array.from({ length: 5 }, () => ({ payload: { ms } })));
    return runs.filter((run) => run.ok).length;
  },
});

export const raceTasks = [take, takeWithChildren];
