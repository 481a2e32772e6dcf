import { beforeAll, describe, expect, test } from "vitest";
import { batch, runs } from "../../sdk/index.ts";
import {
  batchByTask,
  batchOfStream,
  batchThenSingle,
  batchWithUnknown,
  doubleAll,
  doubleInRows,
  mixBatch,
  visitAll,
} from "../support/tasks-batches.ts";
import { connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

interface Doubled {
  readonly id: string;
  readonly length: number;
  readonly distinct: number;
  readonly misplaced: readonly number[];
}

test("a batch of 100 fans in with each result in its place", async () => {
  const { id, ...rest } = (await outputOf(await doubleAll.trigger({ count: 100 }))) as Doubled;
  expect(rest).toEqual({ length: 100, distinct: 100, misplaced: [] });
  const seen = await batch.retrieve(id);
  expect(seen).toMatchObject({ status: "COMPLETED", runCount: 100, processing: { errors: [] } });
  expect(new Set(seen.runs).size).toBe(100);
});

// Scenario 15.
test("a parent resumes once, after the last child, with the results in the order of the items", async () => {
  await using outside = new Outside();
  const names = Array.from({ length: 12 }, (_, i) => `item ${i}`);
  outside.hold(...names);
  const handle = await visitAll.trigger({ outside: outside.name, children: 12 });
  await Promise.all(names.map((name) => outside.reached(name)));
  const [last = "", ...others] = names.toReversed();
  outside.release(...others);
  const { children = [] } = (await runs.retrieve(handle)).relatedRuns;
  expect(children.length).toBe(12);
  // All but one have ended, and the parent still waits.
  await Promise.all(children.slice(0, 11).map((child) => finish(child.id)));
  expect((await runs.retrieve(handle)).status).toBe("WAITING");
  expect(outside.tally).toMatchObject({ pass: 1 });
  expect(outside.count("resumed")).toBe(0);
  outside.release(last);
  expect(await outputOf(handle)).toMatchObject({ results: names });
  expect(outside.tally).toEqual({ ...Object.fromEntries(names.map((name) => [name, 1])), pass: 2, resumed: 1 });
});

test("a failed item is a failed result among the others, and the batch is COMPLETED", async () => {
  await using outside = new Outside();
  outside.refuse("item 1");
  const output = await outputOf(await visitAll.trigger({ outside: outside.name, children: 3 }));
  expect(output).toMatchObject({ results: ["item 0", 'failed: "item 1" was refused', "item 2"] });
  expect((await batch.retrieve((output as { id: string }).id)).status).toBe("COMPLETED");
});

test("a batch of different tasks gives their results in the order of the items", async () => {
  expect(await outputOf(await mixBatch.trigger())).toEqual(["add: 3", "fail: on purpose", "echo: echoed"]);
});

test("a batch of task objects gives a tuple", async () => {
  expect(await outputOf(await batchByTask.trigger())).toEqual({ sum: "42.0", twice: 8 });
});

test("a batch of items that come one by one works like one of an array", async () => {
  expect(await outputOf(await batchOfStream.trigger({ count: 5 }))).toEqual([0, 2, 4, 6, 8]);
});

// Scenario 16.
test("an item of an unknown task is a failed result, and the batch is PARTIAL_FAILED", async () => {
  const { id, results } = (await outputOf(await batchWithUnknown.trigger())) as { id: string; results: unknown[] };
  expect(results).toEqual([2, expect.stringMatching(/no task "ad".*"add"/), 4]);
  expect(await batch.retrieve(id)).toMatchObject({
    status: "PARTIAL_FAILED",
    runCount: 3,
    processing: { errors: [{ index: 1, taskIdentifier: "ad", error: expect.stringContaining('"add"') }] },
  });
});

// Scenario 17.
test("a single wait after a batch wait has nothing of the batch", async () => {
  const output = (await outputOf(await batchThenSingle.trigger())) as {
    batchId: string;
    inBatch: { run: { id: string }; batch?: object };
    single: { run: { id: string }; batch?: object };
  };
  expect(output.inBatch.batch).toEqual({ id: output.batchId });
  expect(output.single.batch).toBeUndefined();
  expect((await runs.retrieve(output.inBatch.run.id)).batchId).toBe(output.batchId);
  expect((await runs.retrieve(output.single.run.id)).batchId).toBeUndefined();
});

describe("many", () => {
  test("batches of batches fan in", async () => {
    expect(await outputOf(await doubleInRows.trigger({ rows: 8, columns: 20 }))).toEqual(
      Array.from({ length: 8 }, () => 20),
    );
  });

  test("a batch of 1,000 with more items than one report carries fans in", async () => {
    const output = await outputOf(await doubleAll.trigger({ count: 1_000 }));
    expect(output).toMatchObject({ length: 1_000, distinct: 1_000, misplaced: [] });
  });

  test("a batch of 10,000 fans in", { timeout: 120_000 }, async () => {
    const { id: runId } = await doubleAll.trigger({ count: 10_000 });
    const parent = await runs.poll(runId, { signal: AbortSignal.timeout(110_000) });
    expect(parent).toMatchObject({ status: "COMPLETED", attemptCount: 1 });
    const { id, ...rest } = parent.output as Doubled;
    expect(rest).toEqual({ length: 10_000, distinct: 10_000, misplaced: [] });
    expect(await batch.retrieve(id)).toMatchObject({ status: "COMPLETED", runCount: 10_000 });
  });
});
