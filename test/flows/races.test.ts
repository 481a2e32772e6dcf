import { beforeAll, describe, expect, test, vi } from "vitest";
import { runs, wait, type RetrievedRun } from "../../sdk/index.ts";
import { Edge } from "../support/edge.ts";
import { Random, seeds } from "../support/random.ts";
import { queues } from "../support/tasks-queues.ts";
import { take, takeWithChildren } from "../support/tasks-races.ts";
import { add } from "../support/tasks-runs.ts";
import { awaitToken } from "../support/tasks-tokens.ts";
import { connect, finish, fresh } from "./api.ts";

// Each race is run some hundreds of times, some at a time. The clock and the event loop decide who wins.
const TIMES = 200;
const AT_ONCE = 10;
const SUM = { a: 1, b: 2 };

const { first: seed } = seeds(1);
console.info(`races: seed ${seed} (SEED=${seed} waits as long, which does not decide who wins)`);

vi.setConfig({ testTimeout: 180_000 });
beforeAll(connect);

/** Runs `race` hundreds of times. */
async function often(race: (random: Random, index: number) => Promise<void>): Promise<void> {
  const random = new Random(seed);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < TIMES) await race(random, next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Who was told that it is over sees it so, and it stays so. */
async function settled(id: string): Promise<RetrievedRun> {
  const run = await runs.retrieve(id);
  expect(run.isCompleted).toBe(true);
  return run;
}

describe.each([2, 10])("%i triggers with one idempotency key", (count) => {
  test("make one run: one of them is told that it is new, the others that it was there", async () => {
    await often(async (random) => {
      const idempotencyKey = fresh("key");
      const handles = await Promise.all(
        Array.from({ length: count }, async () => {
          if (random.chance(0.5)) await pause(random.between(0, 4));
          return add.trigger(SUM, { idempotencyKey });
        }),
      );
      expect(new Set(handles.map(({ id }) => id)).size).toBe(1);
      expect(handles.filter(({ isCached }) => !isCached)).toHaveLength(1);
      expect(await finish(handles[0]?.id ?? "")).toMatchObject({ status: "COMPLETED", output: 3, attemptCount: 1 });
    });
  });
});

test.each(["leading", "trailing"] as const)(
  "two triggers with one debounce key make one run, with the payload of the first or last of them (%s)",
  async (mode) => {
    await often(async (random) => {
      const debounce = { key: fresh("key"), delay: "1h", mode };
      const handles = await Promise.all(
        [10, 20].map(async (a) => {
          await pause(random.between(0, 3));
          return { a, ...(await add.trigger({ a, b: 0 }, { debounce })) };
        }),
      );
      const [first, other] = [...handles].sort((x, y) => Number(x.isCached) - Number(y.isCached));
      expect([first?.isCached, other?.isCached, other?.id]).toEqual([false, true, first?.id]);
      const run = await runs.reschedule(first?.id ?? "", { delay: "0s" });
      const expected = mode === "leading" ? first?.a : other?.a;
      expect(await finish(run.id)).toMatchObject({ status: "COMPLETED", output: expected, attemptCount: 1 });
    });
  },
);

describe("a cancellation", () => {
  test("of a run that ends leaves it as it ended, or CANCELED; who has canceled sees which", async () => {
    const edge = new Edge(new Random(seed));
    await often(async () => {
      const { id } = await take.trigger({ ms: 1 });
      await pause(edge.next());
      await runs.cancel(id);
      const run = await settled(id);
      edge.note(run.status, run.status === "COMPLETED");
      if (run.status === "COMPLETED") expect(run).toMatchObject({ output: "taken", attemptCount: 1 });
      else expect(run).toMatchObject({ status: "CANCELED", error: { name: "RunCanceledError" } });
      await pause(5);
      expect(await runs.retrieve(id)).toEqual(run);
    });
    expect(Object.keys(edge.outcomes).sort()).toEqual(["CANCELED", "COMPLETED"]);
  });

  test("of a run in a queue with a limit leaves the slot free for the next", async () => {
    const edge = new Edge(new Random(seed));
    const keys = Array.from({ length: AT_ONCE }, () => fresh("key"));
    await often(async (_, index) => {
      const options = { queue: queues.one, concurrencyKey: keys[index % AT_ONCE] ?? "" };
      const { id } = await take.trigger({ ms: 1 }, options);
      await pause(edge.next());
      await runs.cancel(id);
      const { status } = await settled(id);
      edge.note(status, status === "COMPLETED");
    });
    expect(Object.keys(edge.outcomes).sort()).toEqual(["CANCELED", "COMPLETED"]);
    const last = keys.map((concurrencyKey) => add.trigger(SUM, { queue: queues.one, concurrencyKey }));
    for (const { id } of await Promise.all(last)) expect((await finish(id)).status).toBe("COMPLETED");
  });

  test("of a parent that makes children ends all of them with it, or none was made", async () => {
    const edge = new Edge(new Random(seed));
    const made: Record<number, number> = {};
    await often(async () => {
      const { id } = await takeWithChildren.trigger({ ms: 1 });
      await pause(edge.next());
      await runs.cancel(id);
      const run = await settled(id);
      edge.note(run.status, run.status === "COMPLETED");
      const { children = [] } = run.relatedRuns;
      made[children.length] = (made[children.length] ?? 0) + 1;
      const statuses = (await Promise.all(children.map((child) => settled(child.id)))).map(({ status }) => status);
      if (run.status === "COMPLETED") expect(statuses).toEqual(Array<string>(5).fill("COMPLETED"));
      else for (const status of statuses) expect(status).toMatch(/^(CANCELED|COMPLETED)$/);
      await pause(5);
      expect((await runs.retrieve(id)).relatedRuns.children ?? []).toEqual(children);
    });
    expect(Object.keys(edge.outcomes).sort()).toEqual(["CANCELED", "COMPLETED"]);
    expect(Object.keys(made).sort()).toEqual(["0", "5"]);
  });

  test("beside a reschedule wins, or the run had started; no one is told what is not so", async () => {
    const edge = new Edge(new Random(seed));
    await often(async (random) => {
      const { id } = await add.trigger(SUM, { delay: "1h" });
      const delay = random.chance(0.5) ? "2h" : "0s";
      const rescheduled = runs.reschedule(id, { delay }).then(
        ({ status }) => status,
        (error: Error) => (error.message.startsWith("Only a run that is DELAYED") ? "refused" : error.message),
      );
      await pause(edge.next());
      await runs.cancel(id);
      const told = await rescheduled;
      const run = await settled(id);
      const outcome = `${delay} ${run.status} ${told}`;
      edge.note(outcome, told !== "refused");
      if (run.status === "CANCELED") return;
      expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 1, output: 3 });
      expect(outcome).toBe("0s COMPLETED QUEUED");
    });
    const seen = Object.keys(edge.outcomes);
    const possible = ["0s CANCELED QUEUED", "0s CANCELED refused", "0s COMPLETED QUEUED"];
    expect([...possible, "2h CANCELED DELAYED", "2h CANCELED refused"]).toEqual(expect.arrayContaining(seen));
    expect(seen).toEqual(expect.arrayContaining(["2h CANCELED DELAYED", "2h CANCELED refused"]));
  });

  test("beside a replay ends the old run only", async () => {
    await often(async (random) => {
      const { id } = await add.trigger(SUM, { delay: "1h" });
      const [replayed] = await Promise.all([
        pause(random.between(0, 2)).then(() => runs.replay(id)),
        pause(random.between(0, 2)).then(() => runs.cancel(id)),
      ]);
      expect(replayed.id).not.toBe(id);
      expect(await settled(id)).toMatchObject({ status: "CANCELED", attemptCount: 0 });
      // It takes no delay with it.
      expect(await finish(replayed.id)).toMatchObject({ status: "COMPLETED", output: 3, attemptCount: 1 });
    });
  });
});

test("a token that is completed as its time runs out is one of the two, for all who ask and wait", async () => {
  const edge = new Edge(new Random(seed));
  await often(async () => {
    const timeout = new Date(Date.now() + edge.next());
    const token = await wait.createToken({ timeout });
    const { id } = await awaitToken.trigger({ token: token.id });
    expect(await wait.completeToken(token, { yes: true })).toEqual({ success: true });
    const { status, output } = await wait.retrieveToken(token);
    edge.note(status, status === "COMPLETED");
    const run = await finish(id);
    if (status === "COMPLETED") expect([output, run.output]).toEqual([{ yes: true }, { yes: true }]);
    else expect([status, run.output]).toEqual(["TIMED_OUT", { failed: "WaitpointTimeoutError" }]);
    expect((await wait.retrieveToken(token)).status).toBe(status);
  });
  expect(Object.keys(edge.outcomes).sort()).toEqual(["COMPLETED", "TIMED_OUT"]);
});

test("a run that is rescheduled as it becomes due starts at the new time, or its caller is told that it is too late", async () => {
  const edge = new Edge(new Random(seed));
  await often(async () => {
    const { id } = await add.trigger(SUM, { delay: new Date(Date.now() + edge.next()) });
    const later = new Date(Date.now() + 50);
    const told = await runs.reschedule(id, { delay: later }).catch((error: Error) => error.message);
    const run = await finish(id);
    expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 1, output: 3 });
    const isTold = typeof told !== "string";
    edge.note(isTold ? "rescheduled" : "refused", isTold);
    if (isTold) expect([told.delayedUntil, run.delayedUntil]).toEqual([later, later]);
    else expect(told).toContain("Only a run that is DELAYED can be rescheduled");
    if (isTold) expect(Number(run.startedAt)).toBeGreaterThanOrEqual(Number(later));
  });
  expect(Object.keys(edge.outcomes).sort()).toEqual(["refused", "rescheduled"]);
});

test("a run that is claimed as its time to live ends starts, or is EXPIRED and never starts", async () => {
  const edge = new Edge(new Random(seed));
  await often(async () => {
    const { id } = await add.trigger(SUM, { ttl: edge.next() / 1000 });
    const run = await finish(id);
    edge.note(run.status, run.status === "COMPLETED");
    if (run.status === "COMPLETED") expect(run).toMatchObject({ output: 3, attemptCount: 1 });
    else expect([run.status, run.attemptCount, run.startedAt]).toEqual(["EXPIRED", 0, undefined]);
    await pause(5);
    expect(await runs.retrieve(id)).toEqual(run);
  });
  expect(Object.keys(edge.outcomes).sort()).toEqual(["COMPLETED", "EXPIRED"]);
});
