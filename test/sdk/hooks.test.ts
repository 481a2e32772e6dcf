import { describe, expect, test } from "vitest";
import { AbortTaskRunError } from "../../sdk/lib/errors.ts";
import type { TaskHooks } from "../../sdk/lib/hooks.ts";
import { logger } from "../../sdk/lib/logger.ts";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });

/** Hooks that write down that they were called; `more` takes the place of some. */
function writingDown(said: string[], more: TaskHooks = {}): TaskHooks {
  const say = (what: string) => async () => {
    await outside();
    said.push(what);
  };
  return {
    middleware: async ({ next }) => {
      said.push("before");
      await next();
      said.push("after");
    },
    onStartAttempt: say("onStartAttempt"),
    onSuccess: say("onSuccess"),
    onFailure: say("onFailure"),
    onComplete: say("onComplete"),
    onWait: say("onWait"),
    onResume: say("onResume"),
    onCancel: say("onCancel"),
    catchError: async () => {
      await say("catchError")();
    },
    ...more,
  };
}

describe("the hooks of a run", () => {
  test("that succeeds are called around run, in their order", async () => {
    const said: string[] = [];
    const run = new Rehearsal(() => said.push("run"), writingDown(said));
    await run.completes();
    expect(said).toEqual(["before", "onStartAttempt", "run", "onSuccess", "onComplete", "after"]);
  });

  test("that fails in every attempt are told of the failure once, at the end", async () => {
    const said: string[] = [];
    const run = new Rehearsal(() => {
      throw new Error(`attempt ${run.attempt}`);
    }, writingDown(said));
    for (const _ of [1, 2]) {
      expect(await run.fails()).toMatchObject({ retry: true, retryDelayMs: 1 });
      expect(said.splice(0)).toEqual(["before", "onStartAttempt", "catchError", "after"]);
      run.nextAttempt();
    }
    await run.fails();
    expect(said).toEqual(["before", "onStartAttempt", "catchError", "onFailure", "onComplete", "after"]);
  });

  test("that gives up are told at once, and are not asked", async () => {
    const said: string[] = [];
    const run = new Rehearsal(() => {
      throw new AbortTaskRunError("enough");
    }, writingDown(said));
    expect((await run.fails()).retry).toBe(false);
    expect(said).toEqual(["before", "onStartAttempt", "onFailure", "onComplete", "after"]);
  });

  test("are given the payload, the context and what they are about", async () => {
    const seen: unknown[] = [];
    const run = new Rehearsal(() => "out", {
      onSuccess: ({ payload, ctx, signal, task: id, output }) => {
        seen.push(payload, ctx.run.id, signal.aborted, id, output);
      },
      onComplete: ({ result }) => void seen.push(result),
    });
    await run.completes();
    expect(seen).toEqual([{ a: 1 }, "run_1", false, "rehearsed", "out", { ok: true, data: "out" }]);
  });

  test("are given what run has thrown, as it was", async () => {
    const thrown = Object.assign(new AbortTaskRunError("enough"), { code: 7 });
    const seen: unknown[] = [];
    const run = new Rehearsal(
      () => {
        throw thrown;
      },
      { onFailure: ({ error }) => void seen.push(error), onComplete: ({ result }) => void seen.push(result) },
    );
    await run.fails();
    expect(seen).toEqual([thrown, { ok: false, error: thrown }]);
    expect(seen[0]).toBe(thrown);
  });
});

describe("under replay", () => {
  test("each hook is called once for what it announces, middleware in each pass", async () => {
    const said: string[] = [];
    const run = new Rehearsal(async () => {
      said.push("run");
      await ask.triggerAndWait("one");
      await ask.triggerAndWait("two");
    }, writingDown(said));
    await run.suspends();
    expect(said.splice(0)).toEqual(["before", "onStartAttempt", "run", "onWait"]);
    run.settle("run:ask#0", "a");
    await run.suspends();
    expect(said.splice(0)).toEqual(["before", "onResume", "run", "onWait"]);
    run.settle("run:ask#1", "b");
    await run.completes();
    expect(said).toEqual(["before", "onResume", "run", "onSuccess", "onComplete", "after"]);
  });

  test("onWait is told of all that the run stands at, onResume of what has settled", async () => {
    const waited: unknown[] = [];
    const resumed: unknown[] = [];
    const run = new Rehearsal(
      async () => {
        const batch = ask.batchTriggerAndWait([{ payload: "x" }, { payload: "y" }]);
        await Promise.all([ask.triggerAndWait("one"), ask.triggerAndWait("two"), batch]);
      },
      {
        onWait: ({ wait, waits }) => void waited.push(wait, waits),
        onResume: ({ wait, waits }) => void resumed.push(wait, waits),
      },
    );
    await run.suspends();
    const one = { type: "task", runId: "run_1.run:ask#0-1", task: "ask" };
    const two = { type: "task", runId: "run_1.run:ask#1-1", task: "ask" };
    const both = { type: "batch", batchId: "batch_1.batch:#0-1", runCount: 2 };
    expect(waited).toHaveLength(2);
    expect(waited[1]).toEqual(expect.arrayContaining([one, two, both]));
    expect(waited[1]).toContainEqual(waited[0]);
    run.settle("run:ask#1", "b");
    waited.length = 0;
    await run.suspends();
    const settled = { type: "task", runId: "run_1.run:ask#1-1", task: "t" };
    expect(resumed).toEqual([settled, [settled]]);
    expect(waited[1]).toHaveLength(2);
    expect(waited[1]).toEqual(expect.arrayContaining([one, both]));
  });

  test("onWait is not told which run a child is that others may have made, onResume is", async () => {
    const told: unknown[] = [];
    const run = new Rehearsal(
      async () => {
        const keyed = ask.triggerAndWait("one", { idempotencyKey: "k" });
        await Promise.all([keyed, ask.triggerAndWait("two", { debounce: { key: "k", delay: "1s" } })]);
      },
      { onWait: ({ waits }) => void told.push(...waits), onResume: ({ waits }) => void told.push(...waits) },
    );
    run.door.idOf = (_kind, key) => {
      throw new Error(`What is made for ${key} may be another's.`);
    };
    await run.suspends();
    expect(told.splice(0)).toEqual([
      { type: "task", task: "ask" },
      { type: "task", task: "ask" },
    ]);
    run.door.idOf = () => "run_known";
    run.settle("run:ask#0", "a");
    await run.suspends();
    expect(told).toEqual([
      { type: "task", runId: "run_known", task: "t" },
      { type: "task", task: "ask" },
    ]);
  });

  test("code that goes on after the pass has ended reaches no hook", async () => {
    const said: string[] = [];
    const run = new Rehearsal(async () => {
      const late = outside(20).then(() => "late");
      await Promise.race([ask.triggerAndWait("q").then(() => "never"), late]);
      return "too late";
    }, writingDown(said));
    await run.suspends();
    await outside(40);
    expect(said).toEqual(["before", "onStartAttempt", "onWait"]);
  });

  test("a call that differs fails the attempt, and the hooks are asked and told", async () => {
    const said: string[] = [];
    let passes = 0;
    const run = new Rehearsal(
      async () => {
        passes += 1;
        await ask.triggerAndWait(`q${passes}`);
      },
      writingDown(said, { catchError: ({ error }) => ({ skipRetrying: error instanceof Error }) }),
    );
    await run.suspends();
    run.settle("run:ask#0", "a");
    said.length = 0;
    expect(await run.fails()).toMatchObject({ retry: false, error: { name: "NonDeterministicError" } });
    expect(said).toEqual(["before", "onResume", "onFailure", "onComplete"]);
  });

  test("nothing is handed out, and the pass does not suspend, while the hooks of its end are at work", async () => {
    let wasHandedOut = false;
    const run = new Rehearsal(
      async () => {
        void step.run("s", () => outside(5)).then(() => (wasHandedOut = true));
        void ask.triggerAndWait("nobody looks").then(() => undefined);
        return "done";
      },
      { onSuccess: () => outside(20) },
    );
    await run.completes();
    expect(wasHandedOut).toBe(false);
    expect(run.asked).toEqual(["step:s#0"]);
  });
});

describe("what hooks do once", () => {
  const hooks: TaskHooks = {
    middleware: async ({ next }) => {
      await step.run("look up", () => 1);
      await next();
    },
    onStartAttempt: async () => {
      await step.run("s", () => ask.trigger("in a step of a hook"));
    },
    onWait: async () => {
      await ask.trigger("waits");
      await ask.batchTrigger([{ payload: "waits" }]);
    },
    onSuccess: async () => {
      await step.run("s", () => 1);
    },
  };

  test("goes under keys of their own, beside those of the task", async () => {
    const run = new Rehearsal(async () => {
      await step.run("s", () => 1);
      await ask.trigger("t");
      await ask.triggerAndWait("q");
    }, hooks);
    await run.suspends();
    expect(run.asked).toEqual([
      "hook:middleware/step:look up#0",
      "trigger:hook:onStartAttempt@1/step:s#0/ask#0",
      "hook:onStartAttempt@1/step:s#0",
      "step:s#0",
      "trigger:ask#0",
      "hook:onWait@1.1/trigger:ask#0",
      "hook:onWait@1.1/batchTrigger:#0",
    ]);
    run.settle("run:ask#0", "a");
    await run.completes();
    expect(run.asked).toEqual(["hook:onSuccess/step:s#0"]);
  });

  test("is remembered by a later attempt where it is of the whole run, and done anew where it is of the attempt", async () => {
    const run = new Rehearsal(() => {
      if (run.attempt < 2) throw new Error("once more");
    }, hooks);
    await run.pass();
    run.nextAttempt();
    await run.completes();
    expect(run.asked).toEqual([
      "trigger:hook:onStartAttempt@2/step:s#0/ask#0",
      "hook:onStartAttempt@2/step:s#0",
      "hook:onSuccess/step:s#0",
    ]);
  });

  test.each([
    ["a run", () => ask.triggerAndWait("q").then(() => undefined)],
    ["a batch", () => ask.batchTriggerAndWait([{ payload: "q" }]).then(() => undefined)],
  ])("may not be a wait for %s: it is refused, and the refusal names the hook", async (_, wait) => {
    const run = new Rehearsal(() => 1, { onStartAttempt: wait });
    const { error } = await run.fails();
    expect(error.name).toBe("OutsideTaskError");
    expect(error.message).toContain("The hook onStartAttempt@1 tried to wait for a");
  });

  test("is logged once, however often the task is replayed", async () => {
    const say = (what: string) => () => logger.info(what);
    const run = new Rehearsal(
      async () => {
        logger.info("run begins");
        await ask.triggerAndWait("q");
        logger.info("run ends");
      },
      {
        middleware: async ({ next }) => {
          logger.info("before");
          await next();
          logger.info("after");
        },
        ...{ onStartAttempt: say("starts"), onWait: say("waits"), onResume: say("resumes"), onSuccess: say("success") },
      },
    );
    const messagesOf = async () => (await run.pass()).logs.map(({ message }) => message);
    expect(await messagesOf()).toEqual(["before", "starts", "run begins", "waits"]);
    run.settle("run:ask#0", "a");
    expect(await messagesOf()).toEqual(["resumes", "run ends", "success", "after"]);
  });
});
