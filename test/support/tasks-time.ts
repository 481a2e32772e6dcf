import { idempotencyKeys, step, task, wait } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";
import { add } from "./tasks-runs.ts";

interface Outside {
  readonly outside: string;
}

interface NapTogether extends Outside {
  readonly key: string;
  readonly seconds: number;
  readonly ttl: string;
}

/** Tells that it has begun, and gives when. */
export const begin = task({
  id: "begin",
  run: async ({ outside }: Outside) => {
    await tell(outside, "begun");
    return new Date();
  },
});

/** Waits for children that expire before they start, alone and in a batch. */
export const outliveExpiry = task({
  id: "outlive-expiry",
  retry: { maxAttempts: 1 },
  run: async () => {
    const options = { delay: "1s", ttl: 0.001 };
    const child = await add.triggerAndWait({ a: 1, b: 1 }, options);
    const { runs: items } = await add.batchTriggerAndWait([
      { payload: { a: 1, b: 1 }, options },
      { payload: { a: 1, b: 1 } },
    ]);
    return [child, ...items].map((result) => result.ok || result.error.name);
  },
});

/** Waits for a time three times: in a step's shadow, in a loop, and in the past. Counts its passes from outside. */
export const nap = task({
  id: "nap",
  run: async ({ outside, ms }: Outside & { readonly ms: number }, { ctx }) => {
    await tell(outside, "pass");
    const first = await step.run("look at the clock", () => Date.now());
    for (let i = 0; i < 2; i += 1) await wait.for({ seconds: ms / 1000 });
    await wait.until({ date: new Date(0) });
    const slept = (await step.run("look again", () => Date.now())) - first;
    return { slept, attempt: ctx.attempt.number };
  },
});

/** Waits for a time that all who have the key share, beside another one and once more; tells when it has come past them. */
export const napTogether = task({
  id: "nap-together",
  retry: { maxAttempts: 1 },
  run: async ({ outside, key, seconds, ttl }: NapTogether) => {
    const idempotencyKey = await idempotencyKeys.create(key, { scope: "global" });
    const shared = { idempotencyKey, idempotencyKeyTTL: ttl };
    await Promise.all([wait.for({ seconds, ...shared }), wait.for({ seconds: 0.1 })]);
    await wait.until({ date: new Date(Date.now() + 3_600_000), ...shared });
    await step.run("tell", () => tell(outside, "awake"));
    return Promise.race([wait.for({ days: 1 }).then(() => "lost"), wait.for({ days: 1, ...shared }).then(() => "won")]);
  },
});

/** Whichever comes first, an answer or the end of its patience; the timer that lost goes with it. */
export const loseToChild = task({
  id: "lose-to-child",
  retry: { maxAttempts: 1 },
  run: async () =>
    Promise.race([add.triggerAndWait({ a: 1, b: 2 }).unwrap(), wait.for({ years: 1 }).then(() => "out of patience")]),
});

export const outwaitChild = task({
  id: "outwait-child",
  retry: { maxAttempts: 1 },
  run: async ({ outside }: Outside) =>
    Promise.race([
      begin.triggerAndWait({ outside }).unwrap(),
      wait.for({ seconds: 0.3 }).then(() => "out of patience"),
    ]),
});

/** Fails after its wait, once: the time that has passed is not waited for again. */
export const napAndFail = task({
  id: "nap-and-fail",
  retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
  run: async ({ outside }: Outside, { ctx }) => {
    await wait.for({ seconds: 0.5 });
    await tell(outside, `awake in attempt ${ctx.attempt.number}`);
    if (ctx.attempt.number === 1) throw new Error("as asked");
    return ctx.attempt.number;
  },
});

/** Works for longer than it may; tells when it is told to stop, and whether it went on all the same. */
export const overrun = task({
  id: "overrun",
  maxDuration: 5,
  run: async ({ outside, obeys }: Outside & { readonly obeys: boolean }, { signal, ctx }) => {
    const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
    await stopped;
    await tell(outside, `told to stop at ${ctx.run.maxDuration} s`);
    if (obeys) throw signal.reason;
    await new Promise(() => undefined);
  },
});

/** Waits for longer than it may be active. */
export const waitLong = task({
  id: "wait-long",
  maxDuration: 5,
  run: async () => {
    for (let i = 0; i < 3; i += 1) await wait.for({ seconds: 2 });
    return "waits do not count";
  },
});

/** Begins children with delays and times to live, and tells how they ended. */
export const timeItems = task({
  id: "time-items",
  run: async ({ outside }: Outside) => {
    const payload = { outside };
    const { runs } = await begin.batchTriggerAndWait([
      { payload },
      { payload, options: { delay: new Date(Date.now() + 400), ttl: "1h" } },
    ]);
    return runs.map((run) => run.ok);
  },
});

export const timeTasks = [
  begin,
  outliveExpiry,
  nap,
  napTogether,
  loseToChild,
  outwaitChild,
  napAndFail,
  overrun,
  waitLong,
  timeItems,
];
