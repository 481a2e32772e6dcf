import { step, task } from "../../sdk/index.ts";
import { tell, type Visit } from "../support/tasks-outside.ts";

/** Every kill costs an attempt, so there are many. */
const retry = { maxAttempts: 100, minTimeoutInMs: 50, factor: 1, randomize: false };

export interface Leaf extends Visit {
  readonly failures: number;
}

/** Acts on the world in a step, fails as often as it is told to, and returns what its step has returned. */
export const leaf = task({
  id: "leaf",
  retry,
  run: async ({ outside, what, failures }: Leaf, { ctx }) => {
    const mark = await actOnce(outside, what);
    if (ctx.attempt.number <= failures) throw new Error(`${what} fails on purpose`);
    return mark;
  },
});

export const middle = task({
  id: "middle",
  retry,
  run: async ({ outside, what }: Visit) => {
    const below = await leaf.triggerAndWait({ outside, what: `${what}.leaf`, failures: 1 }).unwrap();
    await tell(outside, `${what} saw ${below}`);
    return below;
  },
});

/** A parent with everything that can be interrupted: steps, a child, a batch with a child that fails, a grandchild. */
export const family = task({
  id: "family",
  retry,
  run: async ({ outside, what }: Visit) => {
    const first = await actOnce(outside, `${what}.first`);
    const child = await leaf.triggerAndWait({ outside, what: `${what}.child`, failures: 0 }).unwrap();
    await tell(outside, `${what}.child saw ${child}`);
    const items = [0, 1, 2].map((i) => ({ payload: { outside, what: `${what}.item${i}`, failures: i } }));
    const { runs } = await leaf.batchTriggerAndWait(items);
    const batch = runs.map((run) => (run.ok ? run.output : run.error.message));
    await tell(outside, `${what}.batch saw ${batch.join(" ")}`);
    const grandchild = await middle.triggerAndWait({ outside, what: `${what}.middle` }).unwrap();
    const last = await actOnce(outside, `${what}.last`);
    return { first, child, batch, grandchild, last };
  },
});

/** Says that it has begun, and never ends by itself: the test takes the runtime down each time. */
export const poison = task({
  id: "poison",
  retry: { maxAttempts: 3 },
  run: async ({ outside, what }: Visit) => {
    await tell(outside, `${what} begins`);
    await new Promise(() => undefined);
  },
});

/** A step that leaves a mark of its own each time it runs; what follows tells the mark that was kept. */
async function actOnce(outside: string, what: string): Promise<string> {
  const mark = await step.run("act", async () => {
    const made = crypto.randomUUID();
    await tell(outside, `${what} acts`);
    return made;
  });
  await tell(outside, `${what} saw ${mark}`);
  return mark;
}
