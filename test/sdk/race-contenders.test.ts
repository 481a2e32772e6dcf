import { describe, expect, test, vi } from "vitest";
import type { Door } from "../../sdk/lib/door.ts";
import { LazyPromise } from "../../sdk/lib/lazy-promise.ts";
import { task } from "../../sdk/lib/task.ts";
import { wait } from "../../sdk/lib/wait.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";
import { payments } from "../support/tasks-webhooks.ts";

const ask = task({ id: "ask", run: (question: string) => question });
const door = {
  createToken: async () => ({ id: "waitpoint_1", url: "", isCached: false }),
  webhooks: { createWaiter: async () => ({ id: "waitpoint_2" }) },
} as unknown as Door;

const child = (question = "a"): Promise<string> => ask.triggerAndWait(question).unwrap();

async function* items() {
  await outside();
  yield { payload: "x" };
}

/** Waits that a race can lose, other than one that is asked by the race itself. */
const LOSERS: [string, () => Promise<unknown>][] = [
  ["the then of a wait", () => wait.for({ hours: 1 }).then(() => "late")],
  ["the catch of a wait", () => child("b").catch(() => "lost")],
  ["the finally of a wait", () => child("b").finally(() => undefined)],
  [
    "the then of a then",
    () =>
      child("b")
        .then((said) => said)
        .then((said) => said),
  ],
  ["a wait that is half under way", () => ask.triggerAndWait("b").then(({ id }) => id)],
  ["a time with a key", () => wait.for({ hours: 1, idempotencyKey: "k" })],
  ["a webhook", () => wait.forWebhook(payments)],
  ["a batch from a stream", () => ask.batchTriggerAndWait(items())],
  ["another race", () => Promise.race([child("b"), child("c")])],
  ["a race of races", () => Promise.any([Promise.race([child("b"), child("d")]), child("c")])],
  ["all of some waits", () => Promise.all([child("b"), child("c")])],
  ["the then of all of them", () => Promise.all([child("b"), child("c")]).then(() => "all")],
  ["what settles of some waits", () => Promise.allSettled([child("b"), child("c")])],
];

describe.each(["race", "any"] as const)("Promise.%s lets go of", (contest) => {
  test.each(LOSERS)("%s that has lost: what follows is no wait", async (_, lose) => {
    const run = new Rehearsal(
      async () => {
        const winner = await Promise[contest]([child(), lose()]);
        await outside(5);
        return winner;
      },
      {},
      door,
    );
    await run.suspends();
    run.settle("run:ask#0", "won");
    expect(await run.completes()).toBe("won");
  });
});

describe("a loser of a race", () => {
  test.each(LOSERS)("that is %s is stood at again by who awaits it afterwards", async (_, lose) => {
    const run = new Rehearsal(
      async () => {
        const [winning, loser] = [child(), lose()];
        const winner = await Promise.race([winning, loser]);
        await outside(5);
        await loser;
        return winner;
      },
      {},
      door,
    );
    await run.suspends();
    run.settle("run:ask#0", "won");
    expect(await run.pass()).toMatchObject({ end: { type: "suspended" } });
  });

  test.each(LOSERS)("that is %s is stood at by who awaits it beside the race", async (_, lose) => {
    const run = new Rehearsal(
      async () => {
        const [winning, loser] = [child(), lose()];
        const beside = (async () => {
          await loser;
          return "beside";
        })();
        const winner = await Promise.race([winning, loser]);
        await outside(5);
        return [winner, await beside];
      },
      {},
      door,
    );
    await run.suspends();
    run.settle("run:ask#0", "won");
    expect(await run.pass()).toMatchObject({ end: { type: "suspended" } });
  });

  test("goes on to its callbacks when it settles while the run waits for something else", async () => {
    const said: unknown[] = [];
    const run = new Rehearsal(async () => {
      const loser = child("b").then((value) => said.push(value));
      await Promise.race([child("a"), loser]);
      await child("c");
      return said.join();
    });
    await run.suspends();
    run.settle("run:ask#1", "won");
    await run.suspends();
    run.settle("run:ask#0", "lost");
    await run.suspends();
    expect(said).toEqual(["lost"]);
    said.length = 0;
    run.settle("run:ask#2", "c");
    expect(await run.completes()).toBe("lost");
  });
});

describe("a race that is raced again", () => {
  test("by others that hold its result is held for each of them, until it is over", async () => {
    const run = new Rehearsal(async () => {
      const inner = Promise.race([child("a"), child("b")]);
      const outer = await Promise.race([inner, child("c")]);
      const said = await inner;
      await outside(5);
      return `${outer}, ${said}`;
    });
    await run.suspends();
    run.settle("run:ask#2", "c");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#0", "a");
    expect(await run.completes()).toBe("c, a");
  });

  test("from an iterator that gives its contenders once", async () => {
    const run = new Rehearsal(async () => {
      const inner = Promise.race([child("a"), child("b")].values());
      await Promise.race([inner, child("c")]);
      return inner;
    });
    await run.suspends();
    run.settle("run:ask#2", "c");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#1", "b");
    expect(await run.completes()).toBe("b");
  });

  test("and is over asks nobody again", async () => {
    const asks: number[] = [];
    const asking = vi.spyOn(LazyPromise, "ask");
    const run = new Rehearsal(async () => {
      const race = Promise.race([child("a"), child("b")]);
      for (let i = 0; i < 3; i += 1) {
        await race;
        asks.push(asking.mock.calls.length);
      }
    });
    await run.suspends();
    run.settle("run:ask#0", "a");
    asking.mockClear();
    await run.completes();
    expect(asks).toEqual([2, 2, 2]);
    asking.mockRestore();
  });

  test("is a promise of the language to who looks", async () => {
    const run = new Rehearsal(async () => {
      const race = Promise.race([child("a"), Promise.resolve("now")]);
      return `${race instanceof Promise} ${await race}`;
    });
    expect(await run.completes()).toBe("true now");
  });
});

describe("Promise.all over waits", () => {
  test("that has failed lets go of the others: what the catch does is no wait", async () => {
    const run = new Rehearsal(async () => {
      try {
        return await Promise.all([child("a"), child("b"), wait.for({ hours: 1 }).then(() => 1)]);
      } catch {
        await outside(5);
        return "caught";
      }
    });
    await run.suspends();
    run.settleWith("run:ask#1", { ok: false, error: { name: "Error", message: "no" } });
    expect(await run.completes()).toBe("caught");
  });

  test("that has not failed is stood at until the last has come", async () => {
    const run = new Rehearsal(async () =>
      (await Promise.all([child("a"), child("b"), outside().then(() => 3)])).join(),
    );
    await run.suspends();
    run.settle("run:ask#0", "a");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#1", "b");
    expect(await run.completes()).toBe("a,b,3");
  });

  test("of which none is a wait is the language's", async () => {
    const run = new Rehearsal(async () => {
      const all = Promise.all([outside().then(() => 1), outside().then(() => 2)]);
      return [all.constructor === Promise, ...(await all)].join();
    });
    expect(await run.completes()).toBe("true,1,2");
  });

  test("of thousands is over when the last of them is", async () => {
    const COUNT = 3_000;
    const run = new Rehearsal(async () => {
      const said = await Promise.all(Array.from({ length: COUNT }, () => child()));
      return `${said.length} said ${said[0]}`;
    });
    expect(await run.suspends()).toHaveLength(COUNT);
    for (const { key } of run.journal.slice()) run.settle(key, "x");
    expect(await run.completes()).toBe(`${COUNT} said x`);
  });
});
