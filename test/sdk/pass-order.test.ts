import { describe, expect, test } from "vitest";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });
const tell = task({ id: "tell", run: (said: string) => said });

/** What code does between two calls that takes no time. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

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

  test("go on one at a time: an answer comes when the code has come to rest after the one before", async () => {
    const run = new Rehearsal(async () => {
      const slow = async () => {
        await ask.triggerAndWait("a");
        await turns(60);
        const next = ask.triggerAndWait("a1");
        await turns(60);
        await Promise.all([next, ask.triggerAndWait("a2")]);
      };
      const quick = async () => {
        await ask.triggerAndWait("b");
        await ask.triggerAndWait("b1");
      };
      await Promise.all([slow(), quick()]);
    });
    await run.suspends();
    run.settle("run:ask#0", "");
    run.settle("run:ask#1", "");
    const { end } = await run.pass();
    expect(end).toMatchObject({
      type: "suspended",
      waits: [{ payload: { data: "a1" } }, { payload: { data: "a2" } }, { payload: { data: "b1" } }],
    });
  });

  test.each([
    ["first", ["a", "b"]],
    ["last", ["b", "a"]],
  ] as const)("go on in one order when the answers came at one time and %s is asked for first", async (_, names) => {
    const heard: string[] = [];
    const run = new Rehearsal(async () => {
      heard.length = 0;
      const waits = { a: ask.triggerAndWait("a"), b: ask.triggerAndWait("b") };
      await Promise.all(names.map((name) => waits[name].then(() => heard.push(name))));
    });
    await run.suspends();
    run.settle("run:ask#0", "");
    run.settle("run:ask#1", "");
    for (const key of ["run:ask#0", "run:ask#1"]) {
      run.replace(key, (entry) => ({ ...entry, seen: { epoch: 2, phase: "before", at: 1 } }));
    }
    await run.pass();
    expect(heard).toEqual(["a", "b"]);
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

  test.each([
    ["a quick step", 0, () => step.run("x", () => 1)],
    ["a slow step", 5, () => step.run("x", () => 1)],
    ["a quick trigger", 0, () => tell.trigger("x")],
    ["a slow trigger", 5, () => tell.trigger("x")],
    ["a quick batch", 0, () => tell.batchTrigger([{ payload: "x" }])],
    ["a slow batch", 5, () => tell.batchTrigger([{ payload: "x" }])],
  ] as const)("%s between two waits that were there comes after both, and in a replay too", async (_, ms, deed) => {
    const heard: string[] = [];
    const run = new Rehearsal(async () => {
      heard.length = 0;
      const first = ask.triggerAndWait("first").then<unknown>(deed);
      const second = ask.triggerAndWait("second");
      await Promise.all([first.then(() => heard.push("deed")), second.then(() => heard.push("wait"))]);
      await ask.triggerAndWait("last");
    });
    const { keepStep, startElsewhere, startBatchElsewhere } = run.door;
    const late =
      <Given extends unknown[], T>(keep: (...given: Given) => Promise<T>) =>
      (...given: Given) =>
        ms === 0 ? keep(...given) : outside(ms).then(() => keep(...given));
    run.door.keepStep = late(keepStep);
    run.door.startElsewhere = late(startElsewhere);
    run.door.startBatchElsewhere = late(startBatchElsewhere);
    await run.suspends();
    run.settle("run:ask#0", "");
    run.settle("run:ask#1", "");
    expect(await run.suspends()).toEqual(["run:ask#2"]);
    expect(heard).toEqual(["wait", "deed"]);
    expect(await run.suspends()).toEqual([]);
    expect(heard).toEqual(["wait", "deed"]);
  });

  test("two steps kept one after the other go on in that order, and in a replay too", async () => {
    const heard: string[] = [];
    const run = new Rehearsal(async () => {
      heard.length = 0;
      await Promise.all(["b", "a"].map((name) => step.run(name, () => 1).then(() => heard.push(name))));
      await ask.triggerAndWait("q");
    });
    for (let pass = 0; pass < 2; pass += 1) {
      await run.suspends();
      expect(heard).toEqual(["b", "a"]);
    }
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

  test("goes on filling the batch that an earlier one began elsewhere", async () => {
    const begun: (number | undefined)[] = [];
    const run = new Rehearsal(() => tell.batchTrigger([{ payload: "x" }]));
    const { startBatchElsewhere } = run.door;
    run.door.startBatchElsewhere = async (key, digest) => {
      run.journal.push({ key, digest, attempt: 1, kind: "batchTrigger", id: "batch_1", sealed: false });
      throw new Error("Network connection lost.");
    };
    await run.fails();
    run.nextAttempt();
    run.door.startBatchElsewhere = (key, digest, items, how, madeIn) => {
      begun.push(madeIn);
      return startBatchElsewhere(key, digest, items, how, madeIn);
    };
    await run.completes();
    expect(begun).toEqual([1]);
  });
});
