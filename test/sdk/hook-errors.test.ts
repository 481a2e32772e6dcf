import { describe, expect, test } from "vitest";
import { AbortTaskRunError, RunCanceledError, RunletError } from "../../sdk/lib/errors.ts";
import type { CatchErrorAnswer, TaskHooks } from "../../sdk/lib/hooks.ts";
import { applyAnswer } from "../../sdk/lib/attempt-failure.ts";
import { logger } from "../../sdk/lib/logger.ts";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });
const fail = (): never => {
  throw new Error("the hook broke");
};

describe("a hook that throws", () => {
  test.each(["onSuccess", "onComplete"] as const)("in %s changes nothing, and is logged as a warning", async (name) => {
    const run = new Rehearsal(() => "out", { [name]: fail });
    const { end, logs } = await run.pass();
    expect(end.type).toBe("completed");
    expect(logs).toMatchObject([{ level: "warn", message: `The hook ${name} failed: the hook broke` }]);
    expect(logs[0]?.fields).toContain("hook-errors.test.ts");
  });

  test("in onFailure leaves the error of run, and onComplete is told", async () => {
    const told: unknown[] = [];
    const run = new Rehearsal(
      () => {
        throw new AbortTaskRunError("enough");
      },
      { onFailure: fail, onComplete: ({ result }) => void told.push(result.ok) },
    );
    const { end, logs } = await run.pass();
    expect(end).toMatchObject({ type: "failed", error: { message: "enough" }, retry: false });
    expect(logs).toMatchObject([{ level: "warn", message: "The hook onFailure failed: the hook broke" }]);
    expect(told).toEqual([false]);
  });

  test("in onWait and onResume changes nothing, and is logged as a warning", async () => {
    const run = new Rehearsal(() => ask.triggerAndWait("q").unwrap(), { onWait: fail, onResume: fail });
    const waiting = await run.pass();
    expect(waiting.end.type).toBe("suspended");
    expect(waiting.logs).toMatchObject([{ level: "warn", message: "The hook onWait failed: the hook broke" }]);
    run.settle("run:ask#0", "a");
    const { end, logs } = await run.pass();
    expect(end.type).toBe("completed");
    expect(logs).toMatchObject([{ level: "warn", message: "The hook onResume failed: the hook broke" }]);
  });

  test("in onStartAttempt fails the attempt, and run is not called", async () => {
    let calls = 0;
    const told: unknown[] = [];
    const run = new Rehearsal(() => (calls += 1), {
      onStartAttempt: fail,
      catchError: ({ error }) => void told.push(error),
    });
    expect(await run.fails()).toMatchObject({ error: { message: "the hook broke" }, retry: true });
    expect(calls).toBe(0);
    expect(told).toMatchObject([{ message: "the hook broke" }]);
  });

  test("in catchError is logged, and the task's options count", async () => {
    const run = new Rehearsal(
      () => {
        throw new Error("run broke");
      },
      { catchError: fail },
    );
    const { end, logs } = await run.pass();
    expect(end).toMatchObject({ error: { message: "run broke" }, retry: true, retryDelayMs: 1 });
    expect(logs).toMatchObject([{ level: "warn", message: "The hook catchError failed: the hook broke" }]);
  });
});

describe("catchError", () => {
  test.each(["2031-01-01T00:00:00Z", 5, {}, null])(
    "with a retryAt of %j is logged, and the task's options count",
    async (retryAt) => {
      const run = new Rehearsal(
        () => {
          throw new Error("run broke");
        },
        { catchError: () => ({ retryAt }) as unknown as CatchErrorAnswer },
      );
      const { end, logs } = await run.pass();
      expect(end).toMatchObject({ error: { message: "run broke" }, retry: true, retryDelayMs: 1 });
      expect(logs).toMatchObject([{ level: "warn", message: expect.stringContaining("retryAt must be a Date, not") }]);
    },
  );

  test("is asked of an attempt that is not deterministic: what it answers wrongly changes nothing", async () => {
    let passes = 0;
    const run = new Rehearsal(() => ask.triggerAndWait(`${(passes += 1)}`), {
      catchError: () => ({ retryAt: "soon" }) as unknown as CatchErrorAnswer,
    });
    await run.suspends();
    expect(await run.fails()).toMatchObject({ error: { name: "NonDeterministicError" }, retry: true });
  });
});

describe("middleware", () => {
  const told: string[] = [];
  const telling: TaskHooks = {
    onSuccess: () => void told.push("onSuccess"),
    onFailure: ({ error }) => void told.push(`onFailure: ${error instanceof Error ? error.message : "?"}`),
    onComplete: ({ result }) => void told.push(`onComplete: ${result.ok}`),
    catchError: () => void told.push("catchError"),
  };

  /** The last attempt of a run with this middleware. */
  function lastAttempt(middleware: NonNullable<TaskHooks["middleware"]>, run: () => unknown = () => "out"): Rehearsal {
    told.length = 0;
    const rehearsal = new Rehearsal(run, { ...telling, middleware });
    rehearsal.attempt = 3;
    return rehearsal;
  }

  test("that throws before next() fails the attempt, and the hooks are asked and told", async () => {
    const { error } = await lastAttempt(fail).fails();
    expect(error.message).toBe("the hook broke");
    expect(told).toEqual(["catchError", "onFailure: the hook broke", "onComplete: false"]);
  });

  test("that throws after next() fails the attempt, and hooks that were told are not told again", async () => {
    const run = lastAttempt(async ({ next }) => {
      await next();
      fail();
    });
    expect(await run.fails()).toMatchObject({ error: { message: "the hook broke" }, retry: true });
    expect(told).toEqual(["onSuccess", "onComplete: true"]);
  });

  test("that does not call next() fails the attempt with an error that says so", async () => {
    const { error } = await lastAttempt(async () => undefined).fails();
    expect(error.message).toBe("middleware did not call next(), so run was not called.");
  });

  test("that calls next() twice runs the task once", async () => {
    let calls = 0;
    const run = lastAttempt(
      async ({ next }) => {
        await next();
        await next();
      },
      () => (calls += 1),
    );
    expect((await run.fails()).error.message).toBe("middleware called next() twice.");
    expect(calls).toBe(1);
  });

  test("that does not await next() is waited for all the same", async () => {
    const run = lastAttempt(
      async ({ next }) => void next(),
      () => outside(10).then(() => "out"),
    );
    expect(await run.completes()).toBe("out");
  });

  test("sees next() come back, whether run has returned or thrown", async () => {
    const seen: string[] = [];
    const run = lastAttempt(
      async ({ next }) => {
        await next();
        seen.push("back");
      },
      () => {
        throw new Error("run broke");
      },
    );
    expect((await run.fails()).error.message).toBe("run broke");
    expect(seen).toEqual(["back"]);
  });
});

describe("what catchError answers", () => {
  const failing = (answer: CatchErrorAnswer) =>
    new Rehearsal(
      () => {
        throw new Error("run broke");
      },
      { catchError: () => answer },
    ).fails();

  test.each<[string, CatchErrorAnswer, object]>([
    ["skipRetrying", { skipRetrying: true }, { retry: false }],
    ["retryDelayInMs", { retryDelayInMs: 1_234 }, { retry: true, retryDelayMs: 1_234 }],
    ["a delay below nothing", { retryDelayInMs: -5 }, { retry: true, retryDelayMs: 0 }],
    ["a delay that is no number", { retryDelayInMs: Number.NaN }, { retry: true, retryDelayMs: 1 }],
    ["a retryAt that has passed", { retryAt: new Date(0) }, { retry: true, retryDelayMs: 0 }],
    ["retry options", { retry: { minTimeoutInMs: 70, maxTimeoutInMs: 70 } }, { retry: true, retryDelayMs: 70 }],
    ["retry options that end here", { retry: { maxAttempts: 1 } }, { retry: false }],
    ["an error", { error: new RangeError("mine") }, { retry: true, error: { name: "RangeError", message: "mine" } }],
    [
      "an error that is not retried",
      { error: new AbortTaskRunError("no") },
      { retry: false, error: { message: "no" } },
    ],
  ])("%s decides", async (_, answer, expected) => {
    expect(await failing(answer)).toMatchObject(expected);
  });

  test("as retryAt counts from now", () => {
    const policy = { maxAttempts: 3, factor: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1, randomize: false };
    const answer = { retryAt: new Date(61_000), retryDelayInMs: 5 };
    expect(applyAnswer({ error: 1, retryDelayMs: 1 }, answer, { policy, attempt: 1 }, 1_000).retryDelayMs).toBe(60_000);
  });

  test("is asked with the error, the policy, and the next attempt's time, if there is one", async () => {
    const asked: unknown[] = [];
    const run = new Rehearsal(
      () => {
        throw new Error("run broke");
      },
      {
        catchError: ({ error, retry, retryAt, retryDelayInMs }) =>
          void asked.push(error, retry, retryAt, retryDelayInMs),
      },
    );
    await run.fails();
    const policy = { maxAttempts: 3, factor: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1, randomize: false };
    expect(asked.splice(0)).toEqual([new Error("run broke"), policy, expect.any(Date), 1]);
    run.attempt = 3;
    run.isFirstPass = true;
    await run.fails();
    expect(asked).toEqual([new Error("run broke"), policy, undefined, undefined]);
  });
});

describe("onCancel", () => {
  test("is called when the run is cancelled while it executes, and its log lines are kept", async () => {
    const told: unknown[] = [];
    const run = new Rehearsal(
      async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await outside(10);
        return "cleaned up";
      },
      {
        onCancel: async ({ runPromise, signal }) => {
          logger.info("cancelled");
          told.push(signal.aborted, await runPromise);
          fail();
        },
        onSuccess: () => void told.push("onSuccess"),
        onComplete: () => void told.push("onComplete"),
      },
    );
    setTimeout(() => run.aborter.abort(new RunCanceledError("The run was canceled.")), 10);
    const { isCanceled, logs } = await run.pass();
    expect(isCanceled).toBe(true);
    expect(told).toEqual([true, "cleaned up"]);
    expect(logs.map(({ message }) => message)).toEqual(["cancelled", "The hook onCancel failed: the hook broke"]);
  });

  test("is told of a run that would wait when it is cancelled, and onWait is not", async () => {
    const told: unknown[] = [];
    const run = new Rehearsal(
      async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await ask.triggerAndWait("q");
      },
      {
        onCancel: ({ runPromise }) => runPromise.then(undefined, (error: Error) => void told.push(error.name)),
        onWait: () => void told.push("onWait"),
      },
    );
    setTimeout(() => run.aborter.abort(new RunCanceledError("The run was canceled.")), 10);
    await run.pass();
    expect(told).toEqual(["RunCanceledError"]);
  });

  test("and no other hook is called when the run is taken away", async () => {
    const told: string[] = [];
    const run = new Rehearsal(
      async (_, { signal }) => {
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      {
        onCancel: () => void told.push("onCancel"),
        onFailure: () => void told.push("onFailure"),
        catchError: () => void told.push("catchError"),
      },
    );
    setTimeout(() => run.aborter.abort(new RunletError("handed to another")), 10);
    expect((await run.pass()).isCanceled).toBe(false);
    expect(told).toEqual([]);
  });
});
