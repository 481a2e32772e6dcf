import { describe, expect, test } from "vitest";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });

describe("a race", () => {
  test("has the winner it had, when the losers have settled too", async () => {
    const run = new Rehearsal(async () => {
      const winner = await Promise.race([ask.triggerAndWait("a").unwrap(), ask.triggerAndWait("b").unwrap()]);
      const next = await ask.triggerAndWait(`after ${winner}`).unwrap();
      return `${winner}, ${next}`;
    });
    await run.suspends();
    run.settle("run:ask#1", "b wins");
    expect(await run.suspends()).toEqual(["run:ask#2"]);
    run.settle("run:ask#0", "a loses");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#2", "over");
    expect(await run.completes()).toBe("b wins, over");
  });

  test.each(["race", "any"] as const)("lets go of its losers: what follows Promise.%s is no wait", async (contest) => {
    const run = new Rehearsal(async () => {
      const winner = await Promise[contest]([ask.triggerAndWait("a").unwrap(), ask.triggerAndWait("b").unwrap()]);
      await outside(5);
      return winner;
    });
    await run.suspends();
    run.settle("run:ask#0", "a");
    expect(await run.completes()).toBe("a");
  });

  test("that is lost by an error lets go too: what follows is no wait", async () => {
    const run = new Rehearsal(async () => {
      const contest = Promise.race([ask.triggerAndWait("a").unwrap(), ask.triggerAndWait("b").unwrap()]);
      const said = await contest.catch(() => "lost");
      await outside(5);
      return said;
    });
    await run.suspends();
    run.settleWith("run:ask#0", { ok: false, error: { name: "Error", message: "no" } });
    expect(await run.completes()).toBe("lost");
  });

  test("does not let go of what is waited for beside it", async () => {
    const run = new Rehearsal(async () => {
      const contest = Promise.race([ask.triggerAndWait("a").unwrap(), ask.triggerAndWait("b").unwrap()]);
      return (await Promise.all([contest, ask.triggerAndWait("c").unwrap()])).join();
    });
    await run.suspends();
    run.settle("run:ask#0", "a");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#2", "c");
    expect(await run.completes()).toBe("a,c");
  });

  test("is over for a loser that is awaited afterwards: that is a wait again", async () => {
    const run = new Rehearsal(async () => {
      const [a, b] = [ask.triggerAndWait("a").unwrap(), ask.triggerAndWait("b").unwrap()];
      const winner = await Promise.race([a, b]);
      return `${winner}, ${await a}`;
    });
    await run.suspends();
    run.settle("run:ask#1", "b");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#0", "a");
    expect(await run.completes()).toBe("b, a");
  });

  test("among something that is no wait is won by it at once", async () => {
    const run = new Rehearsal(() => Promise.race([ask.triggerAndWait("a").unwrap(), Promise.resolve("now")]));
    expect(await run.completes()).toBe("now");
  });
});

describe("the language's own races", () => {
  class Mine<T> extends Promise<T> {}

  test("are left to classes of promises of their own", async () => {
    expect(Mine.race([1])).toBeInstanceOf(Mine);
    expect(Mine.any([1])).toBeInstanceOf(Mine);
    expect(await Mine.race([Promise.resolve(2), new Promise(() => undefined)])).toBe(2);
  });

  test("reject, inside a task too, when there is nothing to race", async () => {
    const run = new Rehearsal(async () => {
      const race = Promise.race(undefined as never);
      return race.then(
        () => "won",
        (error: unknown) => (error as Error).name,
      );
    });
    expect(await run.completes()).toBe("TypeError");
  });
});
