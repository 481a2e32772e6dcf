import { describe, expect, test } from "vitest";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { logger } from "../../sdk/lib/logger.ts";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });

describe("inside a step", () => {
  test.each([
    ["a wait for a run", () => ask.triggerAndWait("q").then(() => 1)],
    ["a wait for a batch", () => ask.batchTriggerAndWait([{ payload: "q" }]).then(() => 1)],
    ["another step", () => step.run("inner", () => 1)],
  ])("%s is refused, and the refusal names the step", async (_, inner) => {
    const run = new Rehearsal(() => step.run("outer", inner));
    const { error } = await run.fails();
    expect(error.name).toBe("OutsideTaskError");
    expect(error.message).toContain("step:outer#0");
  });

  test("a trigger is made under a key of the step's own, and not again by a replay", async () => {
    const run = new Rehearsal(async () => {
      await step.run("s", async () => {
        await ask.trigger("one");
        await ask.trigger("two");
        await ask.batchTrigger([{ payload: "three" }]);
      });
      await ask.trigger("outside");
      return ask.triggerAndWait("q");
    });
    await run.suspends();
    expect(run.asked).toEqual([
      "trigger:step:s#0/ask#0",
      "trigger:step:s#0/ask#1",
      "batchTrigger:step:s#0/#0",
      "step:s#0",
      "trigger:ask#0",
    ]);
    await run.suspends();
    expect(run.asked).toEqual([]);
  });
});

describe("a call that asks for something else than in an earlier pass", () => {
  test.each([
    ["run:ask#0", (x: number) => ask.triggerAndWait(`q${x}`)],
    ["batch:#0", (x: number) => ask.batchTriggerAndWait([{ payload: `q${x}` }])],
  ])("fails the attempt with an error that names %s and both fingerprints", async (key, call) => {
    let passes = 0;
    const run = new Rehearsal(async () => {
      passes += 1;
      await call(passes);
    });
    await run.suspends();
    const [then] = run.journal;
    const { error, retry } = await run.fails();
    expect(error.name).toBe("NonDeterministicError");
    expect(error.message).toContain(key);
    expect(error.message).toContain(`${then?.digest} then`);
    expect(error.message).toContain("step.run()");
    expect(retry).toBe(true);
  });

  test("fails the attempt though the code would go on", async () => {
    let passes = 0;
    const run = new Rehearsal(async () => {
      passes += 1;
      await ask.trigger(`t${passes}`).catch(() => undefined);
      await ask.triggerAndWait("q").catch(() => undefined);
    });
    await run.suspends();
    expect((await run.fails()).error.message).toContain("trigger:ask#0");
  });
});

describe("a task that is not there", () => {
  test("is an error at the call, which the code may catch", async () => {
    const run = new Rehearsal(async () => {
      const calls = [() => ask.triggerAndWait("q"), () => ask.trigger("q")];
      const said: string[] = [];
      for (const call of calls) {
        try {
          await call();
        } catch (error) {
          said.push(error instanceof Error ? error.message : "");
        }
      }
      return said.join();
    });
    run.door.resolve = (id) => {
      throw new RunletApiError(404, "task_not_found", `no ${id}`);
    };
    expect(await run.completes()).toBe("no ask,no ask");
  });

  test("is the fault of its items in a batch, not of the batch", async () => {
    const run = new Rehearsal(() => ask.batchTriggerAndWait([{ payload: "q" }]));
    run.door.resolve = (id) => {
      throw new RunletApiError(404, "task_not_found", `no ${id}`);
    };
    const { end } = await run.pass();
    expect(end).toMatchObject({ type: "suspended", waits: [{ items: [{ index: 0, refusal: "no ask" }] }] });
  });
});

describe("a batch that was given up", () => {
  test.each([
    ["where it is awaited", 0],
    ["not before it is awaited", 5],
  ])("throws its reason %s", async (_, ms) => {
    const run = new Rehearsal(async () => {
      const wait = ask.batchTriggerAndWait([{ payload: "q" }]);
      await outside(ms);
      return wait.catch((error: Error) => error.name);
    });
    await run.suspends();
    const error = { name: "BatchNotSealedError", message: "late" };
    run.replace("batch:#0", ({ key, digest, attempt }) => ({
      ...{ key, digest, attempt },
      ...{ kind: "batch", id: "batch_1", settled: [], error },
    }));
    expect(await run.completes()).toBe("BatchNotSealedError");
  });
});

describe("log lines", () => {
  test("of earlier passes are not stored again by a replay", async () => {
    const run = new Rehearsal(async () => {
      logger.info("before");
      await ask.triggerAndWait("q");
      logger.info("after", { n: 1 });
    });
    const first = await run.pass();
    expect(first.logs.map(({ message }) => message)).toEqual(["before"]);
    expect(first.logged).toBe(1);
    run.settle("run:ask#0", "a");
    const second = await run.pass();
    expect(second.logs).toMatchObject([{ level: "info", message: "after", fields: '{"n":1}' }]);
    expect(second.logged).toBe(2);
  });

  test("of a step, which a replay does not meet again, hide none that come later", async () => {
    const run = new Rehearsal(async () => {
      await step.run("s", () => logger.info("in the step"));
      logger.info("before");
      await ask.triggerAndWait("q");
      logger.info("after");
    });
    expect((await run.pass()).logs.map(({ message }) => message)).toEqual(["in the step", "before"]);
    run.settle("run:ask#0", "a");
    expect((await run.pass()).logs.map(({ message }) => message)).toEqual(["after"]);
  });

  test("of a new attempt are stored anew", async () => {
    const run = new Rehearsal(() => {
      logger.warn("here");
      throw new Error("no luck");
    });
    await run.pass();
    run.nextAttempt();
    expect((await run.pass()).logs).toHaveLength(1);
  });
});
