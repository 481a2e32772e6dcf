import { beforeAll, describe, expect, test } from "vitest";
import { runs, type RunReference } from "../../sdk/index.ts";
import {
  askChild,
  beginThenWait,
  catchFailure,
  lookAtChild,
  lookAtFailure,
  nest,
  nestInBatches,
  nestToFailure,
  unwrapFailure,
  waitConditionally,
  waitInHelpers,
  waitInLoop,
  waitInTry,
} from "../support/tasks-waits.ts";
import { visit } from "../support/tasks-runs.ts";
import { connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

// Scenario 7.
test("a parent goes on with the output of its child", async () => {
  const parent = await finish(await lookAtChild.trigger({ a: 1, b: 2 }));
  const { children = [] } = parent.relatedRuns;
  expect(parent.output).toEqual({ ok: true, id: children[0]?.id, task: "add", output: 3 });
  expect(children).toMatchObject([{ id: expect.stringMatching(/^run_/), taskIdentifier: "add", status: "COMPLETED" }]);
  const child = await runs.retrieve(children[0]?.id ?? "");
  expect(child).toMatchObject({
    status: "COMPLETED",
    output: 3,
    depth: 1,
    triggerFunction: "triggerAndWait",
    relatedRuns: {
      parent: { id: parent.id, taskIdentifier: "look-at-child", status: "COMPLETED" },
      root: { id: parent.id },
    },
  });
});

test("a parent is WAITING while its child executes, and still in its first attempt when it goes on", async () => {
  await using outside = new Outside();
  outside.hold("child");
  const handle = await beginThenWait.trigger({ outside: outside.name });
  await outside.reached("child");
  expect(await runs.retrieve(handle)).toMatchObject({ status: "WAITING", isWaiting: true, isExecuting: false });
  outside.release("child");
  expect(await finish(handle)).toMatchObject({ status: "COMPLETED", attemptCount: 1 });
});

test("a failed child is a result with ok: false, and the parent goes on", async () => {
  expect(await outputOf(await lookAtFailure.trigger({ message: "alas" }))).toEqual({
    ok: false,
    id: expect.stringMatching(/^run_/),
    task: "fail",
    isError: true,
    name: "RangeError",
    said: "alas",
  });
});

test("unwrap throws a SubtaskUnwrapError that tells of the child and its error", async () => {
  const parent = await finish(await catchFailure.trigger({ message: "alas" }));
  expect(parent.output).toEqual({
    taskId: "fail",
    runId: parent.relatedRuns.children?.[0]?.id,
    cause: "RangeError: alas",
  });
});

test("an unwrap that nobody catches fails the parent", async () => {
  const parent = await finish(await unwrapFailure.trigger({ message: "alas" }));
  expect(parent).toMatchObject({
    status: "FAILED",
    error: { name: "SubtaskUnwrapError", message: expect.stringContaining("alas") },
  });
});

test("waits in helper functions that call each other work", async () => {
  expect(await outputOf(await waitInHelpers.trigger({ n: 5 }))).toBe(22);
});

test("a wait in every turn of a loop works, and each wait costs one pass", async () => {
  await using outside = new Outside();
  expect(await outputOf(await waitInLoop.trigger({ outside: outside.name, turns: 30 }))).toBe(465);
  expect(outside.count("pass")).toBe(31);
});

test.each([
  [4, "even"],
  [7, "odd"],
])("what a child gives decides which child comes next: %i is %s", async (n, what) => {
  await using outside = new Outside();
  expect(await outputOf(await waitConditionally.trigger({ outside: outside.name, n }))).toBe(what);
  expect(outside.tally).toEqual({ [what]: 1 });
});

test("a suspension passes no catch and no finally", async () => {
  await using outside = new Outside();
  expect(await outputOf(await waitInTry.trigger({ outside: outside.name }))).toBe("child");
  expect(outside.told.map((one) => one.what)).toEqual(["child", "finally"]);
});

test("what stands between the beginning of a wait and the wait is done before the parent suspends", async () => {
  await using outside = new Outside();
  const handle = await beginThenWait.trigger({ outside: outside.name });
  expect(await outputOf(handle)).toEqual({ meanwhile: "done meanwhile", child: "child" });
  expect(outside.told.map((one) => one.what)).toEqual(["meanwhile", "child"]);
});

test("a child is told of its parent and root", async () => {
  const { self, child } = (await outputOf(await askChild.trigger())) as { self: string; child: { run: object } };
  expect(child.run).toMatchObject({ parentTaskRunId: self, rootTaskRunId: self });
});

// Scenario 11, without a key: the child has failed by the time it is awaited.
test("a child that is awaited after it has failed is a result with ok: false", async () => {
  await using outside = new Outside();
  outside.hold("meanwhile");
  outside.refuse("child");
  const handle = await beginThenWait.trigger({ outside: outside.name });
  outside.release("meanwhile");
  const parent = await finish(handle);
  expect(parent).toMatchObject({ status: "FAILED", error: { name: "SubtaskUnwrapError" } });
  expect(parent.error?.message).toContain('"child" was refused');
});

describe("deep nesting", () => {
  test("60 levels of waits go down and come up again", async () => {
    const parent = await finish(await nest.trigger({ levels: 60 }));
    expect(parent).toMatchObject({ status: "COMPLETED", output: 60 });
    const depths: number[] = [];
    for (let run = parent; ;) {
      depths.push(run.depth);
      const [child] = run.relatedRuns.children ?? [];
      if (child === undefined) break;
      expect(child.status).toBe("COMPLETED");
      run = await runs.retrieve(child.id);
    }
    // A tree is shown as far as one group reaches; depth counts on in the next one.
    expect(depths).toEqual(Array.from({ length: depths.length }, (_, depth) => depth));
  });

  test("60 levels of batches go down and come up again, and the deepest run is found by its id", async () => {
    const { levels, deepest } = (await outputOf(await nestInBatches.trigger({ levels: 60 }))) as {
      levels: number;
      deepest: string;
    };
    expect(levels).toBe(60);
    expect(await runs.retrieve(deepest)).toMatchObject({ status: "COMPLETED", depth: 60 });
  });

  test("a failure at the bottom of 50 levels comes to the top", async () => {
    const parent = await finish(await nestToFailure.trigger({ levels: 50 }));
    expect(parent).toMatchObject({ status: "FAILED", error: { message: expect.stringContaining("bottom") } });
  });
});

test("many parents wait for many children at once", async () => {
  await using outside = new Outside();
  const handles = await Promise.all(
    Array.from({ length: 40 }, () => waitInLoop.trigger({ outside: outside.name, turns: 5 })),
  );
  expect(await Promise.all(handles.map(outputOf))).toEqual(Array.from({ length: 40 }, () => 15));
});

test("runs that take their time, each with a dispatch of its own, hold up nobody", async () => {
  await using outside = new Outside();
  outside.hold("held");
  const held: RunReference[] = [];
  for (let i = 1; i <= 20; i += 1) {
    held.push(await visit.trigger({ outside: outside.name, what: "held" }));
    await outside.reached("held", i);
  }
  expect(await outputOf(await lookAtChild.trigger({ a: 2, b: 2 }))).toMatchObject({ output: 4 });
  outside.release("held");
  await Promise.all(held.map(outputOf));
  expect(outside.count("held")).toBe(20);
});

test("60 runs of one moment are at work side by side", async () => {
  await using outside = new Outside();
  outside.hold("held");
  const held = await Promise.all(
    Array.from({ length: 60 }, () => visit.trigger({ outside: outside.name, what: "held" })),
  );
  await outside.reached("held", 60);
  outside.release("held");
  await Promise.all(held.map(outputOf));
});
