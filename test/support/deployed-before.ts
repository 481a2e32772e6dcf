import { step, task, wait } from "../../sdk/index.ts";
import { createWorker } from "../../worker/create-worker.ts";
import { double } from "./tasks-batches.ts";

export { IndexGatherer, PassRunner, QueueKeeper, RunGroup } from "../../worker/create-worker.ts";

// The code that is deployed first: each task stands at a token when `deployed-after.ts` takes its place.

export interface Standing {
  readonly token: string;
}

export const once = { maxAttempts: 1 };
export const twice = { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 };

export const appended = task({
  id: "appended",
  retry: once,
  run: async ({ token }: Standing): Promise<unknown> => {
    const first = await step.run("first", () => "old");
    await wait.forToken(token);
    return [first];
  },
});

export const inserted = task({
  id: "inserted",
  retry: once,
  run: async ({ token }: Standing): Promise<unknown> => {
    const first = await step.run("first", () => "old");
    await wait.forToken(token);
    return [first];
  },
});

export const takenOut = task({
  id: "taken-out",
  retry: once,
  run: async ({ token }: Standing): Promise<unknown> => {
    const first = await step.run("first", () => "old");
    const doubled = await double.triggerAndWait({ n: 1 }).unwrap();
    await wait.forToken(token);
    return [first, doubled];
  },
});

export const changedPayload = task({
  id: "changed-payload",
  retry: twice,
  run: async ({ token }: Standing, { ctx }): Promise<unknown> => {
    const first = await step.run("first", () => "old");
    const doubled = await double.triggerAndWait({ n: 1 }).unwrap();
    await wait.forToken(token);
    return [first, doubled, ctx.attempt.number];
  },
});

export const changedForGood = task({
  id: "changed-for-good",
  retry: once,
  run: async ({ token }: Standing): Promise<unknown> => {
    const doubled = await double.triggerAndWait({ n: 1 }).unwrap();
    await wait.forToken(token);
    return [doubled];
  },
});

export const callBefore = task({
  id: "call-before",
  retry: twice,
  run: async ({ token }: Standing, { ctx }): Promise<unknown> => {
    const doubled = await double.triggerAndWait({ n: 1 }).unwrap();
    await wait.forToken(token);
    return [doubled, ctx.attempt.number];
  },
});

export const sameStep = task({
  id: "same-step",
  retry: once,
  run: async ({ token }: Standing): Promise<unknown> => {
    const value = await step.run("draw", () => "old");
    await wait.forToken(token);
    return [value];
  },
});

export const vanished = task({
  id: "vanished",
  retry: once,
  run: async ({ token }: Standing, { ctx }): Promise<unknown> => {
    const first = await step.run("first", () => "old");
    await wait.forToken(token);
    return [first, ctx.attempt.number];
  },
});

export default createWorker({
  tasks: [
    ...[appended, inserted, takenOut, changedPayload, changedForGood],
    ...[callBefore, sameStep, vanished, double],
  ],
});
