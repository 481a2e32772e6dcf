import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { awaitAll, awaitAllOrFail, awaitAllSettled, beginBoth, mixWaits, race } from "../support/tasks-parallel.ts";
import { connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

test("Promise.all over waits runs the children side by side and gives their outputs in order", async () => {
  await using outside = new Outside();
  const names = Array.from({ length: 30 }, (_, i) => `child ${i}`);
  outside.hold(...names);
  const handle = await awaitAll.trigger({ outside: outside.name, children: 30 });
  // None has ended when the last one begins.
  await Promise.all(names.map((name) => outside.reached(name)));
  outside.release(...names.toReversed());
  expect(await outputOf(handle)).toEqual(names);
  expect(outside.tally).toMatchObject(Object.fromEntries(names.map((name) => [name, 1])));
});

test("settlements that arrive together resume the parent once", async () => {
  await using outside = new Outside();
  outside.hold("child 0", "child 1", "child 2");
  const handle = await awaitAll.trigger({ outside: outside.name, children: 3 });
  await Promise.all([0, 1, 2].map((i) => outside.reached(`child ${i}`)));
  outside.release("child 0", "child 1", "child 2");
  await outputOf(handle);
  // The first pass, and at most one for each settlement; the last one completes.
  expect(outside.count("pass")).toBeGreaterThanOrEqual(2);
  expect(outside.count("pass")).toBeLessThanOrEqual(4);
});

test("Promise.allSettled over waits gives every outcome in order", async () => {
  expect(await outputOf(await awaitAllSettled.trigger())).toEqual([3, expect.stringContaining("no"), 7]);
});

test("Promise.all over waits fails with the first failure and does not wait for the others", async () => {
  await using outside = new Outside();
  outside.hold("slow");
  const handle = await awaitAllOrFail.trigger({ outside: outside.name });
  const parent = await finish(handle);
  expect(parent).toMatchObject({
    status: "FAILED",
    error: { name: "SubtaskUnwrapError", message: expect.stringContaining("at once") },
  });
  await outside.reached("slow");
  // The other child is a run like any other: it goes on.
  const slow = parent.relatedRuns.children?.find((child) => child.taskIdentifier === "visit");
  outside.release("slow");
  expect(await outputOf(slow?.id ?? "")).toBe("slow");
});

test.each([
  ["left", "right"],
  ["right", "left"],
])("Promise.race goes on with the %s one while the %s one still runs", async (winner, loser) => {
  await using outside = new Outside();
  outside.hold("left", "right");
  const handle = await race.trigger({ outside: outside.name, thenBoth: false });
  await Promise.all([outside.reached("left"), outside.reached("right")]);
  outside.release(winner);
  expect(await outputOf(handle)).toEqual({ first: winner });
  expect(outside.count(loser)).toBe(1);
  const children = (await runs.retrieve(handle)).relatedRuns.children ?? [];
  expect(children.map((child) => child.status).sort()).toEqual(["COMPLETED", "COMPLETED", "EXECUTING"]);
  outside.release(loser);
});

test("a race is decided for good: what settles later does not change the winner", async () => {
  await using outside = new Outside();
  outside.hold("left", "right", "right won");
  const handle = await race.trigger({ outside: outside.name, thenBoth: true });
  await Promise.all([outside.reached("left"), outside.reached("right")]);
  outside.release("right");
  // The parent stands at its next wait, with the race behind it, when the loser ends.
  await outside.reached("right won");
  outside.release("left");
  const { children = [] } = (await runs.retrieve(handle)).relatedRuns;
  const held = children.filter((child) => child.status !== "COMPLETED");
  await Promise.all(children.filter((child) => !held.includes(child)).map((child) => finish(child.id)));
  outside.release("right won");
  expect(await outputOf(handle)).toEqual({ first: "right", both: ["left", "right"] });
  expect(outside.tally).toEqual({ left: 1, right: 1, "right won": 1 });
});

test("two waits begun before the first is awaited run side by side", async () => {
  await using outside = new Outside();
  outside.hold("left", "right");
  const handle = await beginBoth.trigger({ outside: outside.name });
  await Promise.all([outside.reached("left"), outside.reached("right")]);
  outside.release("right");
  outside.release("left");
  expect(await outputOf(handle)).toEqual(["left", "right"]);
});

test("the second of two begun waits may settle first, and may have failed", async () => {
  await using outside = new Outside();
  outside.hold("left");
  outside.refuse("right");
  const handle = await beginBoth.trigger({ outside: outside.name });
  await outside.reached("right");
  const statuses = async () => (await runs.retrieve(handle)).relatedRuns.children?.map((child) => child.status).sort();
  await expect.poll(statuses, { timeout: 20_000 }).toEqual(["EXECUTING", "FAILED"]);
  outside.release("left");
  expect(await outputOf(handle)).toEqual(["left", 'failed: "right" was refused']);
});

test("a batch, a run and a chain of runs are awaited side by side", async () => {
  expect(await outputOf(await mixWaits.trigger())).toEqual({ batch: [1, 2], single: 5, chained: 12 });
});
