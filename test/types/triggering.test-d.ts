import { describe, expectTypeOf, test } from "vitest";
import {
  batch,
  runs,
  step,
  task,
  tasks,
  type BatchHandle,
  type RunHandle,
  type RunItem,
  type TaskRunResult,
} from "../../sdk/index.ts";

const resize = task({ id: "resize", run: async (payload: { width: number }) => payload.width });
const mail = task({ id: "mail", run: async (to: string) => ({ sent: new Date(), to }) });
const tick = task({ id: "tick", run: async () => "tock" as const });

describe("handles and results", () => {
  test("carry the types of their task", async () => {
    const handle = await resize.trigger({ width: 1 });
    expectTypeOf(handle).toEqualTypeOf<RunHandle<"resize", { width: number }, number>>();
    const result = await resize.triggerAndWait({ width: 1 });
    expectTypeOf(result).toEqualTypeOf<TaskRunResult<"resize", number>>();
    if (result.ok) expectTypeOf(result.output).toEqualTypeOf<number>();
    else expectTypeOf(result.error).toEqualTypeOf<Error>();
    // @ts-expect-error the output of a failed run is not there
    void (!result.ok && result.output);
  });

  test("are unwrapped to the output", async () => {
    expectTypeOf(await mail.triggerAndWait("a").unwrap()).toEqualTypeOf<{ sent: Date; to: string }>();
    expectTypeOf(await tasks.triggerAndWait<typeof tick>("tick").unwrap()).toEqualTypeOf<"tock">();
  });

  test("of a batch come in a list", async () => {
    expectTypeOf(await resize.batchTrigger([{ payload: { width: 1 } }])).toEqualTypeOf<BatchHandle>();
    const { runs: results } = await resize.batchTriggerAndWait([{ payload: { width: 1 } }]);
    expectTypeOf(results).toEqualTypeOf<readonly TaskRunResult<"resize", number>[]>();
  });

  test("work with Promise.all and race", async () => {
    const both = await Promise.all([resize.triggerAndWait({ width: 1 }).unwrap(), mail.triggerAndWait("a").unwrap()]);
    expectTypeOf(both).toEqualTypeOf<[number, { sent: Date; to: string }]>();
    const first = await Promise.race([resize.triggerAndWait({ width: 1 }), mail.triggerAndWait("a")]);
    expectTypeOf(first.taskIdentifier).toEqualTypeOf<"resize" | "mail">();
  });
});

describe("tasks", () => {
  test("are typed by a type-only import", async () => {
    const handle = await tasks.trigger<typeof mail>("mail", "someone");
    expectTypeOf(handle).toEqualTypeOf<RunHandle<"mail", string, { sent: Date; to: string }>>();
    await tasks.trigger<typeof tick>("tick");
    await tasks.batchTrigger<typeof mail>("mail", [{ payload: "a" }, { payload: "b", options: { tags: ["x"] } }]);
    const waited = await tasks.batchTriggerAndWait<typeof mail>("mail", [{ payload: "a" }]);
    expectTypeOf(waited.runs).toEqualTypeOf<readonly TaskRunResult<"mail", { sent: Date; to: string }>[]>();
  });

  test("take anything by an id without a type", async () => {
    const handle = await tasks.trigger("whatever", { a: 1 });
    expectTypeOf(handle).toEqualTypeOf<RunHandle>();
    await tasks.trigger("whatever");
  });

  test("refuse another task's id or payload", () => {
    // @ts-expect-error the id of another task
    tasks.trigger<typeof resize>("mail", { width: 1 });
    // @ts-expect-error the payload of another task
    tasks.trigger<typeof resize>("resize", "someone");
    // @ts-expect-error the payload is missing
    tasks.triggerAndWait<typeof resize>("resize");
  });
});

describe("batch", () => {
  test("tells the results of a union apart by taskIdentifier", async () => {
    const { runs: results } = await batch.triggerAndWait<typeof resize | typeof mail>([
      { id: "resize", payload: { width: 1 } },
      { id: "mail", payload: "a" },
    ]);
    for (const result of results) {
      if (!result.ok) continue;
      if (result.taskIdentifier === "mail") expectTypeOf(result.output.sent).toEqualTypeOf<Date>();
      else expectTypeOf(result.output).toEqualTypeOf<number>();
    }
  });

  test("refuses the payload of another task, and an id that is none of them", () => {
    // @ts-expect-error the payload of another task
    batch.trigger<typeof resize | typeof mail>([{ id: "mail", payload: { width: 1 } }]);
    // @ts-expect-error an id that is none of them
    batch.trigger<typeof resize | typeof mail>([{ id: "tick" }]);
    // @ts-expect-error the task wants a payload
    batch.triggerByTask([{ task: resize }]);
    const item = { task: mail, payload: { width: 1 } } as const;
    // @ts-expect-error the payload of another task
    batch.triggerByTask([{ task: resize, payload: { width: 1 } }, item]);
  });

  test("gives a tuple for items given as tasks", async () => {
    const { runs: results } = await batch.triggerByTaskAndWait([
      { task: resize, payload: { width: 1 } },
      { task: mail, payload: "a", options: { tags: "x" } },
      { task: tick },
    ]);
    expectTypeOf(results).toEqualTypeOf<
      readonly [
        TaskRunResult<"resize", number>,
        TaskRunResult<"mail", { sent: Date; to: string }>,
        TaskRunResult<"tick", "tock">,
      ]
    >();
    const [first] = results;
    if (first.ok) expectTypeOf(first.output).toEqualTypeOf<number>();
  });

  test("gives a list for items made in a loop", async () => {
    const { runs: results } = await batch.triggerByTaskAndWait(
      [1, 2].map((width) => ({ task: resize, payload: { width } })),
    );
    expectTypeOf(results[0]).toEqualTypeOf<TaskRunResult<"resize", number> | undefined>();
    async function* lazily() {
      yield { task: mail, payload: "a" };
    }
    const waited = await batch.triggerByTaskAndWait(lazily());
    expectTypeOf(waited.runs).toEqualTypeOf<readonly TaskRunResult<"mail", { sent: Date; to: string }>[]>();
  });
});

describe("runs", () => {
  test("are typed by a handle or by a task", async () => {
    const byHandle = await runs.retrieve(await mail.trigger("a"));
    expectTypeOf(byHandle.output).toEqualTypeOf<{ sent: Date; to: string } | undefined>();
    expectTypeOf(byHandle.payload).toEqualTypeOf<string | undefined>();
    expectTypeOf(byHandle.createdAt).toEqualTypeOf<Date>();
    const byId = await runs.retrieve<typeof resize>("run_1");
    expectTypeOf(byId.payload).toEqualTypeOf<{ width: number } | undefined>();
    expectTypeOf((await runs.retrieve("run_1")).output).toEqualTypeOf<unknown>();
    expectTypeOf((await runs.poll(await resize.trigger({ width: 1 }))).output).toEqualTypeOf<number | undefined>();
    expectTypeOf((await runs.poll<typeof tick>("run_1", { pollIntervalMs: 10 })).output).toEqualTypeOf<
      "tock" | undefined
    >();
  });

  test("are listed as a page or one by one", async () => {
    const page = await runs.list({ status: "QUEUED", tag: ["a", "b"], from: new Date(0), limit: 5 });
    expectTypeOf(page.data).toEqualTypeOf<readonly RunItem[]>();
    for await (const run of runs.list()) expectTypeOf(run).toEqualTypeOf<RunItem>();
    for await (const run of page) expectTypeOf(run.tags).toEqualTypeOf<string[]>();
    // @ts-expect-error no such status
    runs.list({ status: "RUNNING" });
  });
});

describe("step.run", () => {
  test("gives what its function gives", async () => {
    expectTypeOf(await step.run("a", async () => new Date())).toEqualTypeOf<Date>();
    expectTypeOf(await step.run("b", () => 3)).toEqualTypeOf<number>();
  });
});
