import { batch, task, tasks } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";
import { add, visit, whoAmI, type fail } from "./tasks-runs.ts";
import type { echo } from "./tasks-values.ts";

interface Outside {
  readonly outside: string;
}

export const double = task({ id: "double", run: ({ n }: { n: number }) => n * 2 });

/** Doubles many numbers in one batch, and checks the place of each. */
export const doubleAll = task({
  id: "double-all",
  run: async ({ count }: { count: number }) => {
    const { id, runs } = await double.batchTriggerAndWait(
      Array.from({ length: count }, (_, n) => ({ payload: { n } })),
    );
    const misplaced = runs.flatMap((run, n) => (run.ok && run.output === n * 2 ? [] : [n]));
    return { id, length: runs.length, distinct: new Set(runs.map((run) => run.id)).size, misplaced };
  },
});

/** Tells of each pass and of going on after the batch. */
export const visitAll = task({
  id: "visit-all",
  run: async ({ outside, children }: Outside & { children: number }) => {
    await tell(outside, "pass");
    const items = Array.from({ length: children }, (_, i) => ({ payload: { outside, what: `item ${i}` } }));
    const { id, runs } = await visit.batchTriggerAndWait(items);
    await tell(outside, "resumed");
    return { id, results: runs.map((run) => (run.ok ? run.output : `failed: ${run.error.message}`)) };
  },
});

export const mixBatch = task({
  id: "mix-batch",
  run: async () => {
    const { runs } = await batch.triggerAndWait<typeof add | typeof fail | typeof echo>([
      { id: "add", payload: { a: 1, b: 2 } },
      { id: "fail", payload: { message: "on purpose" } },
      { id: "echo", payload: "echoed" },
    ]);
    return runs.map((run) => `${run.taskIdentifier}: ${run.ok ? String(run.output) : run.error.message}`);
  },
});

export const batchByTask = task({
  id: "batch-by-task",
  run: async () => {
    const { runs } = await batch.triggerByTaskAndWait([
      { task: add, payload: { a: 20, b: 22 } },
      { task: double, payload: { n: 4 } },
    ]);
    const [sum, twice] = runs;
    return sum.ok && twice.ok ? { sum: sum.output.toFixed(1), twice: twice.output } : "failed";
  },
});

/** One item is of a task that does not exist. */
export const batchWithUnknown = task({
  id: "batch-with-unknown",
  retry: { maxAttempts: 1 },
  run: async () => {
    const { id, runs } = await batch.triggerAndWait([
      { id: "add", payload: { a: 1, b: 1 } },
      { id: "ad", payload: {} },
      { id: "add", payload: { a: 2, b: 2 } },
    ]);
    return { id, results: runs.map((run) => (run.ok ? run.output : `${run.error.name}: ${run.error.message}`)) };
  },
});

/** A single wait after a batch wait: the child is told of no batch. */
export const batchThenSingle = task({
  id: "batch-then-single",
  run: async () => {
    const { id, runs } = await whoAmI.batchTriggerAndWait([{}]);
    const single = await whoAmI.triggerAndWait().unwrap();
    const [first] = runs;
    return { batchId: id, inBatch: first?.ok === true ? first.output : undefined, single };
  },
});

/** Batches of batches. */
export const doubleInRows = task({
  id: "double-in-rows",
  run: async ({ rows, columns }: { rows: number; columns: number }) => {
    const { runs } = await tasks.batchTriggerAndWait<typeof doubleAll>(
      "double-all",
      Array.from({ length: rows }, () => ({ payload: { count: columns } })),
    );
    return runs.map((run) => (run.ok ? run.output.length - run.output.misplaced.length : -1));
  },
});

async function* numbers(count: number): AsyncGenerator<{ payload: { n: number } }> {
  for (let n = 0; n < count; n += 1) yield { payload: { n } };
}

export const batchOfStream = task({
  id: "batch-of-stream",
  run: async ({ count }: { count: number }) => {
    const { runs } = await double.batchTriggerAndWait(numbers(count));
    return runs.map((run) => (run.ok ? run.output : -1));
  },
});

export const batchTasks = [
  ...[
    double,
    doubleAll,
    visitAll,
    mixBatch,
    batchByTask,
    batchWithUnknown,
    batchThenSingle,
    doubleInRows,
    batchOfStream,
  ],
];
