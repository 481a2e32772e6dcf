import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  locals,
  retry,
  schemaTask,
  task,
  tasks,
  type CompletionResult,
  type TaskContext,
  type TaskOutput,
  type TaskPayload,
  type TaskWait,
} from "../../sdk/index.ts";

describe("hooks of a task", () => {
  test("get the payload and output of run, whose types they do not change", () => {
    const resize = task({
      id: "resize",
      run: async (payload: { width: number }, { ctx }) => ({ area: payload.width, run: ctx.run.id }),
      middleware: async ({ payload, ctx, signal, task: id, next }) => {
        expectTypeOf(payload).toEqualTypeOf<{ width: number }>();
        expectTypeOf(ctx).toEqualTypeOf<TaskContext>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(id).toEqualTypeOf<string>();
        expectTypeOf(next).toEqualTypeOf<() => Promise<void>>();
        await next();
      },
      onStartAttempt: ({ payload }) => expectTypeOf(payload).toEqualTypeOf<{ width: number }>() && undefined,
      onSuccess: async ({ payload, output }) => {
        expectTypeOf(payload).toEqualTypeOf<{ width: number }>();
        expectTypeOf(output).toEqualTypeOf<{ area: number; run: string }>();
      },
      onFailure: ({ error }) => void expectTypeOf(error).toBeUnknown(),
      onComplete: ({ result }) => {
        expectTypeOf(result).toEqualTypeOf<CompletionResult<{ area: number; run: string }>>();
        if (result.ok) expectTypeOf(result.data.area).toEqualTypeOf<number>();
        else expectTypeOf(result.error).toBeUnknown();
      },
      onWait: ({ wait, waits }) => {
        expectTypeOf(wait).toEqualTypeOf<TaskWait>();
        expectTypeOf(waits).toEqualTypeOf<readonly TaskWait[]>();
        if (wait.type === "batch") expectTypeOf(wait.runCount).toEqualTypeOf<number>();
      },
      onCancel: async ({ runPromise }) => {
        expectTypeOf(await runPromise).toEqualTypeOf<{ area: number; run: string }>();
      },
      catchError: ({ retry: policy, retryAt, retryDelayInMs }) => {
        expectTypeOf(policy.maxAttempts).toEqualTypeOf<number>();
        expectTypeOf(retryAt).toEqualTypeOf<Date | undefined>();
        expectTypeOf(retryDelayInMs).toEqualTypeOf<number | undefined>();
        return { skipRetrying: true };
      },
    });
    expectTypeOf<TaskPayload<typeof resize>>().toEqualTypeOf<{ width: number }>();
    expectTypeOf<TaskOutput<typeof resize>>().toEqualTypeOf<{ area: number; run: string }>();
  });

  test("may stand before a run that has all its parameters annotated", () => {
    const early = task({
      id: "early",
      onSuccess: ({ payload, output }) => {
        expectTypeOf(payload).toEqualTypeOf<{ n: number }>();
        expectTypeOf(output).toEqualTypeOf<string>();
      },
      run: async (payload: { n: number }) => String(payload.n),
    });
    expectTypeOf<TaskOutput<typeof early>>().toEqualTypeOf<string>();
  });

  test("of a schemaTask get what the schema has made of the payload", () => {
    const invite = schemaTask({
      id: "invite",
      schema: z.object({ days: z.coerce.number<string>().default(7) }),
      run: async ({ days }) => days,
      onSuccess: ({ payload, output }) => {
        expectTypeOf(payload).toEqualTypeOf<{ days: number }>();
        expectTypeOf(output).toEqualTypeOf<number>();
      },
    });
    expectTypeOf<TaskPayload<typeof invite>>().toEqualTypeOf<{ days?: string | undefined }>();
  });

  test("refuse what a hook may not give", () => {
    task({
      id: "t",
      run: async () => 1,
      // @ts-expect-error a date, not a text
      catchError: () => ({ retryAt: "tomorrow" }),
    });
    // @ts-expect-error there is no such hook
    task({ id: "t", run: async () => 1, onEnd: () => undefined });
  });
});

test("global hooks know nothing of payloads and outputs", () => {
  tasks.onSuccess(({ payload, output }) => {
    expectTypeOf(payload).toBeUnknown();
    expectTypeOf(output).toBeUnknown();
  });
  tasks.middleware("db", async ({ next }) => next());
  tasks.catchError(({ error }) => (error instanceof RangeError ? { skipRetrying: true } : undefined));
  // @ts-expect-error a hook is a function
  tasks.onFailure({});
});

test("locals are of their keys' types", () => {
  const count = locals.create<number>("count");
  expectTypeOf(locals.get(count)).toEqualTypeOf<number | undefined>();
  expectTypeOf(locals.getOrThrow(count)).toEqualTypeOf<number>();
  expectTypeOf(locals.set(count, 1)).toEqualTypeOf<number>();
  // @ts-expect-error a number
  locals.set(count, "one");
});

test("retry gives what its function gives", () => {
  expectTypeOf(retry.onThrow(async ({ attempt }) => attempt)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(retry.fetch("https://example.com", { timeoutInMs: 5 })).toEqualTypeOf<Promise<Response>>();
  // @ts-expect-error no such strategy
  void retry.fetch("https://example.com", { retry: { byStatus: { "5xx": { strategy: "luck" } } } });
});
