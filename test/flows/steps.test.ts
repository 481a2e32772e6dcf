import { beforeAll, describe, expect, test } from "vitest";
import { batch, runs } from "../../sdk/index.ts";
import {
  bearStep,
  leaveStepBehind,
  stepBetweenWaits,
  stepTogether,
  triggerAndEnd,
  triggerBeside,
  triggerThrice,
} from "../support/tasks-steps.ts";
import { connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

test("a step runs once, however often the code before it is replayed", async () => {
  await using outside = new Outside();
  const output = await outputOf(await stepBetweenWaits.trigger({ outside: outside.name }));
  expect(output).toEqual(["before", "between", "after"].map((what) => ({ what, at: new Date(0) })));
  expect(outside.tally).toEqual({ pass: 3, before: 1, between: 1, after: 1 });
});

test("of two steps at once only the one that failed runs again in the next attempt", async () => {
  await using outside = new Outside();
  outside.refuse("right", 1);
  const output = await outputOf(await stepTogether.trigger({ outside: outside.name }));
  expect(output).toEqual({ left: "left", right: "right", attempt: 2 });
  expect(outside.tally).toEqual({ left: 1, right: 2 });
});

test("steps at once are in flight at the same time", async () => {
  await using outside = new Outside();
  outside.hold("left", "right");
  const handle = await stepTogether.trigger({ outside: outside.name });
  await Promise.all([outside.reached("left"), outside.reached("right")]);
  outside.release("right", "left");
  expect(await outputOf(handle)).toEqual({ left: "left", right: "right", attempt: 1 });
});

test("a replay meets a failed step again without running it", async () => {
  await using outside = new Outside();
  outside.refuse("step");
  expect(await outputOf(await bearStep.trigger({ outside: outside.name }))).toBe('"step" was refused');
  expect(outside.tally).toEqual({ step: 1 });
});

test("a step that is still in flight when the function returns is finished before the run is", async () => {
  await using outside = new Outside();
  outside.hold("left behind");
  const handle = await leaveStepBehind.trigger({ outside: outside.name });
  await outside.reached("left behind");
  expect((await runs.retrieve(handle)).status).toBe("EXECUTING");
  outside.release("left behind");
  expect(await outputOf(handle)).toBe("returned");
});

describe("triggers without waiting", () => {
  test("what a task triggers is not triggered again by a replay or a new attempt", async () => {
    await using outside = new Outside();
    const parent = await finish(await triggerBeside.trigger({ outside: outside.name }));
    expect(parent).toMatchObject({ status: "COMPLETED", attemptCount: 2 });
    const { direct, inStep, batchId } = parent.output as { direct: string; inStep: string; batchId: string };
    expect(await finish(direct)).toMatchObject({
      output: "direct",
      tags: ["beside"],
      triggerFunction: "trigger",
      depth: 1,
    });
    expect(await outputOf(inStep)).toBe("in step");
    await expect.poll(async () => (await batch.retrieve(batchId)).status, { timeout: 20_000 }).toBe("COMPLETED");
    const { runs: items } = await batch.retrieve(batchId);
    expect(await Promise.all(items.map(outputOf))).toEqual(["batch 0", "batch 1"]);
    // Attempt 1 has two passes, attempt 2 one: it finds all that it waits for.
    expect(outside.tally).toEqual({ pass: 3, direct: 1, "in step": 1, "batch 0": 1, "batch 1": 1 });
  });

  test("each call is a run of its own", async () => {
    await using outside = new Outside();
    const ids = (await outputOf(await triggerThrice.trigger({ outside: outside.name }))) as string[];
    expect(new Set(ids).size).toBe(3);
    expect(await Promise.all(ids.map(outputOf))).toEqual(["same", "same", "same"]);
    expect(outside.count("same")).toBe(3);
  });

  test("a run goes on when the one that triggered it has ended", async () => {
    await using outside = new Outside();
    outside.hold("goes on");
    const id = (await outputOf(await triggerAndEnd.trigger({ outside: outside.name }))) as string;
    await outside.reached("goes on");
    expect((await runs.retrieve(id)).status).toBe("EXECUTING");
    outside.release("goes on");
    expect(await outputOf(id)).toBe("goes on");
  });
});
