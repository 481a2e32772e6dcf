import { task, tasks, type Task } from "../sdk/index.ts";

const noop = task({ id: "noop", run: async () => "done" });

/** Gives the number of children that completed. */
const fanOut = task({
  id: "fan-out",
  run: async ({ n }: { n: number }) => {
    const { runs } = await noop.batchTriggerAndWait(Array.from({ length: n }, () => ({})));
    return runs.filter((run) => run.ok).length;
  },
});

/** Calls itself until the depth is used up; gives the number of calls. */
const chain = task({
  id: "chain",
  run: async ({ n }: { n: number }): Promise<number> =>
    n === 0 ? 0 : 1 + (await tasks.triggerAndWait<ChainTask>("chain", { n: n - 1 }).unwrap()),
});

type ChainTask = Task<"chain", { n: number }, number>;

/** Waits for one child after the other; gives their number. */
const waits = task({
  id: "waits",
  run: async ({ n }: { n: number }) => {
    let done = 0;
    while (done < n) {
      await noop.triggerAndWait().unwrap();
      done += 1;
    }
    return done;
  },
});

export const benchTasks = [noop, fanOut, chain, waits];
