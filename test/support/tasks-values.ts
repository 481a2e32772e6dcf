import { step, task } from "../../sdk/index.ts";
import { add } from "./tasks-runs.ts";

export const echo = task({ id: "echo", run: (payload: unknown) => payload });

/** Names the types of the values as the task sees them. */
export const nameTypes = task({
  id: "name-types",
  run: (payload: Readonly<Record<string, unknown>>) =>
    Object.entries(payload).map(
      ([key, value]) => `${key}: ${value === undefined ? "undefined" : Object(value).constructor.name}`,
    ),
});

/** The payload through a child, and through a step whose result is read back from the journal. */
export const echoTwice = task({
  id: "echo-twice",
  run: async (payload: unknown) => {
    const kept = await step.run("keep", () => payload);
    const fromChild = await echo.triggerAndWait(payload).unwrap();
    return { kept, fromChild };
  },
});

/** The payload as an item of a batch. */
export const echoInBatch = task({
  id: "echo-in-batch",
  run: async (payload: unknown) => {
    const { runs } = await echo.batchTriggerAndWait([{ payload }, { payload }]);
    return runs.map((run) => (run.ok ? run.output : run.error.message));
  },
});

export const measure = task({ id: "measure", run: (text: string) => ({ length: text.length, end: text.slice(-3) }) });

export const repeat = task({
  id: "repeat",
  retry: { maxAttempts: 2, minTimeoutInMs: 1 },
  run: ({ text, times }: { text: string; times: number }) => text.repeat(times),
});

/** What a parent gets of outputs that are larger together than one answer from its group. */
export const measureChildren = task({
  id: "measure-children",
  run: async ({ times, children }: { times: number; children: number }) => {
    const lengths: number[] = [];
    for (let i = 0; i < children; i += 1) {
      lengths.push((await repeat.triggerAndWait({ text: String(i), times }).unwrap()).length);
    }
    return { lengths, sum: await add.triggerAndWait({ a: lengths.length, b: 0 }).unwrap() };
  },
});

export const keepLarge = task({
  id: "keep-large",
  run: async ({ times }: { times: number }) => {
    const text = await step.run("make", () => "é".repeat(times));
    await add.triggerAndWait({ a: 1, b: 1 }).unwrap();
    return text.length;
  },
});

export const valueTasks = [echo, nameTypes, echoTwice, echoInBatch, measure, repeat, measureChildren, keepLarge];
