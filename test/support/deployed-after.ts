import { step, task, wait } from "../../sdk/index.ts";
import { createWorker } from "../../worker/create-worker.ts";
import { once, twice, type Standing } from "./deployed-before.ts";
import { double } from "./tasks-batches.ts";
import { add } from "./tasks-runs.ts";

export { IndexGatherer, PassRunner, QueueKeeper, RunGroup } from "../../worker/create-worker.ts";

// The code that takes the place of `deployed-before.ts` under runs that wait. `vanished` is not in it.

const appended = task({
  id: "appended",
  retry: once,
  run: async ({ token }: Standing) => {
    const first = await step.run("first", () => "new");
    await wait.forToken(token);
    const sum = await add.triggerAndWait({ a: 1, b: 2 }).unwrap();
    return [first, sum, await step.run("last", () => "new")];
  },
});

const inserted = task({
  id: "inserted",
  retry: once,
  run: async ({ token }: Standing) => {
    const between = await step.run("between", () => "new");
    const first = await step.run("first", () => "new");
    const sum = await add.triggerAndWait({ a: 1, b: 2 }).unwrap();
    await wait.forToken(token);
    return [first, between, sum];
  },
});

const takenOut = task({
  id: "taken-out",
  retry: once,
  run: async ({ token }: Standing) => {
    await wait.forToken(token);
    return ["nothing before"];
  },
});

const changedPayload = task({
  id: "changed-payload",
  retry: twice,
  run: async ({ token }: Standing, { ctx }) => {
    const first = await step.run("first", () => "new");
    const doubled = await double.triggerAndWait({ n: 2 }).unwrap();
    await wait.forToken(token);
    return [first, doubled, ctx.attempt.number];
  },
});

const changedForGood = task({
  id: "changed-for-good",
  retry: once,
  run: async ({ token }: Standing) => {
    const doubled = await double.triggerAndWait({ n: 2 }).unwrap();
    await wait.forToken(token);
    return [doubled];
  },
});

const callBefore = task({
  id: "call-before",
  retry: twice,
  run: async ({ token }: Standing, { ctx }) => {
    const before = await double.triggerAndWait({ n: 5 }).unwrap();
    const doubled = await double.triggerAndWait({ n: 1 }).unwrap();
    await wait.forToken(token);
    return [before, doubled, ctx.attempt.number];
  },
});

const sameStep = task({
  id: "same-step",
  retry: once,
  run: async ({ token }: Standing) => {
    const before = await step.run("draw", () => "put before");
    const value = await step.run("draw", () => "made now");
    await wait.forToken(token);
    return [before, value];
  },
});

export default createWorker({
  tasks: [...[appended, inserted, takenOut, changedPayload, changedForGood], ...[callBefore, sameStep, double, add]],
});
