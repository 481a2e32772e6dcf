import { describe, expect, test } from "vitest";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });

/** Asks one after another, each question made of the answer before. */
async function chain(name: string, length: number): Promise<string> {
  let said = name;
  for (let i = 0; i < length; i += 1) said = await ask.triggerAndWait(said).unwrap();
  return said;
}

describe("chains of waits side by side", () => {
  test("ask again what they have asked, whichever is answered first", async () => {
    const run = new Rehearsal(async () => (await Promise.all([chain("a", 2), chain("b", 2)])).join());
    expect(await run.suspends()).toEqual(["run:ask#0", "run:ask#1"]);
    run.settle("run:ask#1", "b1");
    expect(await run.suspends()).toEqual(["run:ask#2"]);
    run.settle("run:ask#0", "a1");
    expect(await run.suspends()).toEqual(["run:ask#3"]);
    run.settle("run:ask#3", "a2");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#2", "b2");
    expect(await run.completes()).toBe("a2,b2");
  });

  test("go on in the order of the answers when several come at once", async () => {
    const run = new Rehearsal(async () => (await Promise.all([chain("a", 2), chain("b", 2)])).join());
    await run.suspends();
    run.settle("run:ask#1", "b1");
    run.settle("run:ask#0", "a1");
    const { end } = await run.pass();
    expect(end).toMatchObject({
      type: "suspended",
      waits: [
        { key: "run:ask#2", payload: { data: "b1" } },
        { key: "run:ask#3", payload: { data: "a1" } },
      ],
    });
  });

  test("each get their own answer, however the journal is sorted", async () => {
    const run = new Rehearsal(async () => (await Promise.all([chain("a", 3), chain("b", 3)])).join());
    await run.suspends();
    for (let i = 0; i < 2; i += 1) {
      run.settle(`run:ask#${2 * i + 1}`, `b${i + 1}`);
      run.settle(`run:ask#${2 * i}`, `a${i + 1}`);
      run.journal.reverse();
      await run.suspends();
    }
    run.settle("run:ask#4", "b3 or a3");
    run.settle("run:ask#5", "the other");
    expect(await run.completes()).toMatch(/b3 or a3|the other/);
  });
});

describe("steps and waits side by side", () => {
  test("are repeated in the order in which they have come", async () => {
    const order: string[] = [];
    const run = new Rehearsal(async () => {
      order.length = 0;
      const slow = step.run("s", () => outside(5).then(() => "slow")).then((said) => ask.triggerAndWait(said).unwrap());
      const fast = step.run("s", () => "fast").then((said) => ask.triggerAndWait(said).unwrap());
      const both = [slow, fast].map((one, i) => one.then((said) => void order.push(`${i}:${said}`)));
      await Promise.all(both);
      return order.join();
    });
    expect(await run.suspends()).toEqual(["run:ask#0", "run:ask#1"]);
    const asked = run.journal.filter(({ kind }) => kind === "run").length;
    expect(asked).toBe(2);
    run.settle("run:ask#1", "of the slow one");
    expect(await run.suspends()).toEqual([]);
    run.settle("run:ask#0", "of the fast one");
    expect(await run.completes()).toBe("0:of the slow one,1:of the fast one");
  });

  test("a step that a later pass has run comes after the waits that pass has begun with", async () => {
    const calls: string[] = [];
    const run = new Rehearsal(async () => {
      calls.length = 0;
      const say = async (name: string, wait: PromiseLike<unknown>) => {
        await wait;
        calls.push(name);
        return ask.triggerAndWait(name).unwrap();
      };
      const first = ask.triggerAndWait("first");
      return Promise.all([
        say(
          "x",
          first.then(() => step.run("x", () => 1)),
        ),
        say("y", ask.triggerAndWait("second")),
      ]);
    });
    await run.suspends();
    run.settle("run:ask#1", "");
    run.settle("run:ask#0", "");
    await run.suspends();
    expect(calls).toEqual(["y", "x"]);
    run.settle("run:ask#2", "");
    await run.suspends();
    expect(calls).toEqual(["y", "x"]);
  });
});

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

  test("among something that is no wait is won by it at once", async () => {
    const run = new Rehearsal(() => Promise.race([ask.triggerAndWait("a").unwrap(), Promise.resolve("now")]));
    expect(await run.completes()).toBe("now");
  });
});

describe("allSettled", () => {
  test("sees failures and successes in their places", async () => {
    const run = new Rehearsal(async () => {
      const all = await Promise.allSettled([ask.triggerAndWait("a").unwrap(), ask.triggerAndWait("b").unwrap()]);
      return all.map(({ status }) => status).join();
    });
    await run.suspends();
    run.settle("run:ask#1", "b");
    run.settleWith("run:ask#0", { ok: false, error: { name: "Error", message: "no" } });
    expect(await run.completes()).toBe("rejected,fulfilled");
  });
});

describe("a new attempt", () => {
  test.each(["", " read backwards"])("is not bound by what an earlier one asked for under the key%s", async (how) => {
    let question = "first";
    const run = new Rehearsal(() => ask.triggerAndWait(question).unwrap());
    await run.suspends();
    run.settle("run:ask#0", "to the first");
    run.nextAttempt();
    question = "second";
    expect(await run.suspends()).toEqual(["run:ask#0"]);
    run.settle("run:ask#0", "to the second");
    if (how !== "") run.journal.reverse();
    expect(await run.completes()).toBe("to the second");
  });

  test("is given what an earlier one has had", async () => {
    const run = new Rehearsal(
      async (_payload, { ctx }) => `${await ask.triggerAndWait("q").unwrap()} in ${ctx.attempt.number}`,
    );
    await run.suspends();
    run.settle("run:ask#0", "answer");
    run.nextAttempt();
    expect(await run.completes()).toBe("answer in 2");
  });
});
