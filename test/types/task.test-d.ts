import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  schedules,
  schemaTask,
  task,
  type ScheduledTaskPayload,
  type TaskContext,
  type TaskOutput,
  type TaskPayload,
} from "../../sdk/index.ts";

const resize = task({
  id: "resize",
  run: async (payload: { width: number; at: Date }, { ctx, signal }) => {
    expectTypeOf(ctx).toEqualTypeOf<TaskContext>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return { area: payload.width * 2, seen: new Set([payload.at]) };
  },
});

describe("task", () => {
  test("infers id, payload and output from its definition", () => {
    expectTypeOf(resize.id).toEqualTypeOf<"resize">();
    expectTypeOf<TaskPayload<typeof resize>>().toEqualTypeOf<{ width: number; at: Date }>();
    expectTypeOf<TaskOutput<typeof resize>>().toEqualTypeOf<{ area: number; seen: Set<Date> }>();
  });

  test("infers the output of a run that is not async", () => {
    const sum = task({ id: "sum", run: (numbers: number[]) => numbers.length });
    expectTypeOf<TaskOutput<typeof sum>>().toEqualTypeOf<number>();
  });

  test("takes no payload when run declares none", () => {
    const tick = task({ id: "tick", run: async () => "done" });
    expectTypeOf<TaskOutput<typeof tick>>().toEqualTypeOf<string>();
    tick.trigger();
    tick.trigger(undefined, { tags: "a" });
    tick.batchTrigger([{}, { options: { maxAttempts: 1 } }]);
    // @ts-expect-error a task without payload is given one
    tick.trigger({ a: 1 });
  });

  test("takes no payload when run ignores it", () => {
    const tick = task({ id: "tick", run: async (_payload, { ctx }) => ctx.run.id });
    expectTypeOf<TaskOutput<typeof tick>>().toEqualTypeOf<string>();
    tick.trigger();
  });

  test("may be given a payload that may be undefined", () => {
    const greet = task({ id: "greet", run: async (name?: string) => name ?? "you" });
    greet.trigger();
    greet.trigger("me");
    greet.trigger(undefined, { maxAttempts: 2 });
    // @ts-expect-error the payload is a string
    greet.trigger(3);
  });

  test("refuses a wrong or missing payload", () => {
    resize.trigger({ width: 1, at: new Date() });
    // @ts-expect-error the payload is missing
    resize.trigger();
    // @ts-expect-error `at` is a Date
    resize.trigger({ width: 1, at: "2026-01-01" });
    // @ts-expect-error an item's payload is missing
    resize.batchTrigger([{ options: { tags: "a" } }]);
    // @ts-expect-error `height` is unknown
    resize.batchTriggerAndWait([{ payload: { width: 1, at: new Date(), height: 3 } }]);
  });

  test("refuses options that are not built yet", () => {
    // @ts-expect-error tags of a batch
    resize.batchTrigger([], { tags: "k" });
  });

  test("takes items as array, iterable and async iterable", () => {
    const item = { payload: { width: 1, at: new Date() } };
    resize.batchTrigger([item]);
    resize.batchTrigger(new Set([item]));
    resize.batchTrigger(
      (async function* () {
        yield item;
      })(),
    );
    resize.batchTrigger(new ReadableStream<typeof item>());
    async function* wrong() {
      yield { payload: 1 };
    }
    // @ts-expect-error a wrong item in an async iterable
    resize.batchTrigger(wrong());
  });
});

describe("schemaTask", () => {
  const fromZod = schemaTask({
    id: "zod",
    schema: z.object({ at: z.string().transform((text) => new Date(text)), count: z.number().default(1) }),
    run: async (payload) => {
      expectTypeOf(payload).toEqualTypeOf<{ at: Date; count: number }>();
      return payload.count;
    },
  });

  test("is triggered with the schema's input, and runs with its output", () => {
    expectTypeOf<TaskPayload<typeof fromZod>>().toEqualTypeOf<{ at: string; count?: number | undefined }>();
    expectTypeOf<TaskOutput<typeof fromZod>>().toEqualTypeOf<number>();
    fromZod.trigger({ at: "2026-01-01" });
    // @ts-expect-error the input is text, the Date is what run gets
    fromZod.trigger({ at: new Date() });
  });

  test("takes a schema of valibot", () => {
    const fromValibot = schemaTask({
      id: "valibot",
      schema: v.object({ n: v.pipe(v.string(), v.transform(Number)) }),
      run: async (payload, { ctx }) => {
        expectTypeOf(payload).toEqualTypeOf<{ n: number }>();
        return ctx.attempt.number;
      },
    });
    fromValibot.trigger({ n: "1" });
    // @ts-expect-error the input is text
    fromValibot.trigger({ n: 1 });
  });

  test("refuses what is not a Standard Schema", () => {
    // @ts-expect-error a bare object is no schema
    schemaTask({ id: "none", schema: { parse: (value: unknown) => value }, run: async () => 1 });
  });
});

describe("schedules.task", () => {
  test("takes what a schedule gives", () => {
    const report = schedules.task({
      id: "report",
      cron: "0 9 * * *",
      run: async (payload) => {
        expectTypeOf(payload).toEqualTypeOf<ScheduledTaskPayload>();
        expectTypeOf(payload.timestamp).toEqualTypeOf<Date>();
        return payload.upcoming.length;
      },
    });
    expectTypeOf(report.id).toEqualTypeOf<"report">();
    expectTypeOf<TaskPayload<typeof report>>().toEqualTypeOf<ScheduledTaskPayload>();
    expectTypeOf<TaskOutput<typeof report>>().toEqualTypeOf<number>();
  });
});
