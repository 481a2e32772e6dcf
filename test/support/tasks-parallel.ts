import { task } from "../../sdk/index.ts";
import { add, fail, visit } from "./tasks-runs.ts";
import { tell } from "./tasks-outside.ts";

const ONCE = { maxAttempts: 1 };

interface Outside {
  readonly outside: string;
}

/** Tells of each pass, then waits for all of its children at once. */
export const awaitAll = task({
  id: "await-all",
  run: async ({ outside, children }: Outside & { children: number }) => {
    await tell(outside, "pass");
    return Promise.all(
      Array.from({ length: children }, (_, i) => visit.triggerAndWait({ outside, what: `child ${i}` }).unwrap()),
    );
  },
});

export const awaitAllSettled = task({
  id: "await-all-settled",
  run: async () => {
    const settled = await Promise.allSettled([
      add.triggerAndWait({ a: 1, b: 2 }).unwrap(),
      fail.triggerAndWait({ message: "no" }).unwrap(),
      add.triggerAndWait({ a: 3, b: 4 }).unwrap(),
    ]);
    return settled.map((one) => (one.status === "fulfilled" ? one.value : String(one.reason)));
  },
});

/** One of all fails at once: the parent does not wait for the others. */
export const awaitAllOrFail = task({
  id: "await-all-or-fail",
  retry: ONCE,
  run: async ({ outside }: Outside) =>
    Promise.all([
      visit.triggerAndWait({ outside, what: "slow" }).unwrap(),
      fail.triggerAndWait({ message: "at once" }).unwrap(),
    ]),
});

/** Goes on with the first of two children, then waits for the other one too, if asked to. */
export const race = task({
  id: "race",
  run: async ({ outside, thenBoth }: Outside & { thenBoth: boolean }) => {
    const left = visit.triggerAndWait({ outside, what: "left" });
    const right = visit.triggerAndWait({ outside, what: "right" });
    const first = await Promise.race([left.unwrap(), right.unwrap()]);
    await visit.triggerAndWait({ outside, what: first === "left" ? "left won" : "right won" }).unwrap();
    if (!thenBoth) return { first };
    return { first, both: [await left.unwrap(), await right.unwrap()] };
  },
});

export const beginBoth = task({
  id: "begin-both",
  run: async ({ outside }: Outside) => {
    const left = visit.triggerAndWait({ outside, what: "left" });
    const right = visit.triggerAndWait({ outside, what: "right" });
    const first = await left;
    const second = await right;
    return [first, second].map((result) => (result.ok ? result.output : `failed: ${result.error.message}`));
  },
});

/** A batch, a run and a chain of two runs, side by side. */
export const mixWaits = task({
  id: "mix-waits",
  run: async () => {
    const chain = async (): Promise<number> => {
      const first = await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
      return add.triggerAndWait({ a: first, b: 10 }).unwrap();
    };
    const [{ runs }, single, chained] = await Promise.all([
      add.batchTriggerAndWait([{ payload: { a: 1, b: 0 } }, { payload: { a: 2, b: 0 } }]),
      add.triggerAndWait({ a: 5, b: 0 }).unwrap(),
      chain(),
    ]);
    return { batch: runs.map((run) => (run.ok ? run.output : -1)), single, chained };
  },
});

export const parallelTasks = [awaitAll, awaitAllSettled, awaitAllOrFail, race, beginBoth, mixWaits];
