import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { bearFailure, failBesideChild, remember, rememberBatch } from "../support/tasks-retries.ts";
import { connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

const ALL = { first: "first step given", childA: "child a", second: "second step given", childB: "child b" };

test.each([
  ["the first step", "first step", { "first step": 2, "child a": 1, "second step": 1, "child b": 1 }],
  ["the first child", "child a", { "first step": 1, "child a": 2, "second step": 1, "child b": 1 }],
  ["a step between the children", "second step", { "first step": 1, "child a": 1, "second step": 2, "child b": 1 }],
  ["the last child", "child b", { "first step": 1, "child a": 1, "second step": 1, "child b": 2 }],
])("a new attempt after %s failed runs that again and nothing else", async (_, what, tally) => {
  await using outside = new Outside();
  outside.refuse(what, 1);
  const run = await finish(await remember.trigger({ outside: outside.name }));
  expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 2, output: { attempt: 2, ...ALL } });
  expect(outside.tally).toEqual(tally);
});

test("what succeeded in any earlier attempt is remembered in all later ones", async () => {
  await using outside = new Outside();
  for (const what of ["first step", "child a", "second step"]) outside.refuse(what, 1);
  const run = await finish(await remember.trigger({ outside: outside.name }));
  expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 4, output: { attempt: 4, ...ALL } });
  expect(outside.tally).toEqual({ "first step": 2, "child a": 2, "second step": 2, "child b": 1 });
});

test("of a batch only the items that failed are run again", async () => {
  await using outside = new Outside();
  outside.refuse("item 1", 1);
  outside.refuse("item 4", 2);
  const run = await finish(await rememberBatch.trigger({ outside: outside.name, items: 6 }));
  expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 3 });
  const { outputs, ids } = run.output as { outputs: string[]; ids: string[] };
  expect(outputs).toEqual(["item 0", "item 1", "item 2", "item 3", "item 4", "item 5"]);
  expect(outside.tally).toEqual({ "item 0": 1, "item 1": 2, "item 2": 1, "item 3": 1, "item 4": 3, "item 5": 1 });
  // Each result is that of the run which gave it.
  expect(new Set(ids).size).toBe(6);
  const given = await Promise.all(ids.map((id) => runs.retrieve(id)));
  expect(given.map((one) => one.output)).toEqual(outputs);
});

test("of a batch of 700 only the item that failed is run again", async () => {
  await using outside = new Outside();
  outside.refuse("item 650", 1);
  const run = await finish(await rememberBatch.trigger({ outside: outside.name, items: 700 }));
  expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 2 });
  const { outputs } = run.output as { outputs: string[] };
  expect(outputs).toEqual(Array.from({ length: 700 }, (_, i) => `item ${i}`));
  const { "item 650": failed, ...others } = outside.tally;
  expect(failed).toBe(2);
  expect(new Set(Object.values(others))).toEqual(new Set([1]));
});

// Scenario 10, without a key: the child has ended by the time the second attempt awaits it.
test("a child of a failed attempt that has ended meanwhile is not run again", async () => {
  await using outside = new Outside();
  outside.hold("slow", "attempt 2");
  const handle = await failBesideChild.trigger({ outside: outside.name });
  await outside.reached("attempt 2");
  const slow = await childCalled(handle.id, "EXECUTING");
  outside.release("slow");
  await finish(slow);
  outside.release("attempt 2");
  expect(await outputOf(handle)).toEqual({ attempt: 2, slow: "slow" });
  expect(outside.tally).toMatchObject({ slow: 1, quick: 1 });
});

test("a child of a failed attempt that still runs is waited for, not started again", async () => {
  await using outside = new Outside();
  outside.hold("slow");
  const handle = await failBesideChild.trigger({ outside: outside.name });
  await outside.reached("attempt 2");
  await expect.poll(async () => (await runs.retrieve(handle)).status, { timeout: 20_000 }).toBe("WAITING");
  outside.release("slow");
  expect(await outputOf(handle)).toEqual({ attempt: 2, slow: "slow" });
  expect(outside.tally).toMatchObject({ slow: 1, quick: 1 });
});

test("a failure that the task bears stays what it was while the attempt goes on", async () => {
  await using outside = new Outside();
  outside.refuse("one");
  outside.refuse("three");
  const run = await finish(await bearFailure.trigger({ outside: outside.name }));
  expect(run).toMatchObject({ attemptCount: 1, output: ["failed", "ok", "failed"] });
  expect(outside.tally).toEqual({ one: 1, two: 1, three: 1 });
});

/** The child of a run that has the status; there must be exactly one. */
async function childCalled(parent: string, status: string): Promise<string> {
  const { children = [] } = (await runs.retrieve(parent)).relatedRuns;
  const found = children.filter((child) => child.status === status);
  expect(found.length).toBe(1);
  return found[0]?.id ?? "";
}
