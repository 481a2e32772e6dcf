import { beforeAll, describe, expect, test, vi } from "vitest";
import { batch, runs, type RetrievedRun } from "../../sdk/index.ts";
import {
  carryOn,
  detachWrongly,
  linger,
  lingerAll,
  makeChildrenForever,
  makeChildrenThen,
  outliveChild,
  replayAndLinger,
  startAndLinger,
  waitInTree,
} from "../support/tasks-cancel.ts";
import { add } from "../support/tasks-runs.ts";
import { call, connect, finish, lines, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

const SOON = { timeout: 10_000 };

beforeAll(connect);

// The tests are concurrent: most of them wait for code to be told to stop, which comes with the next renewal of its lease.

/** A run and all runs below it that it waits for. */
async function tree(id: string): Promise<RetrievedRun[]> {
  const run = await runs.retrieve(id);
  const below = await Promise.all((run.relatedRuns.children ?? []).map((child) => tree(child.id)));
  return [run, ...below.flat()];
}

test.concurrent("an executing run is CANCELED at once, and its code is told to stop", async () => {
  await using outside = new Outside();
  outside.hold("work");
  const handle = await linger.trigger({ outside: outside.name, what: "work" });
  await outside.reached("work");
  expect(await runs.cancel(handle)).toEqual({ id: handle.id });
  const run = await runs.retrieve(handle);
  expect(run).toMatchObject({
    status: "CANCELED",
    isCompleted: true,
    isCancelled: true,
    isSuccess: false,
    error: { name: "RunCanceledError" },
  });
  expect(run.finishedAt).toBeInstanceOf(Date);
  await outside.reached("work was told to stop");
  // It has attempts left, and gets none of them.
  expect(await runs.retrieve(handle)).toMatchObject({ status: "CANCELED", attemptCount: 1 });
});

// Scenario 25.
test.concurrent(
  "a run whose code takes no notice of the signal is CANCELED and stays so when the code ends",
  async () => {
    await using outside = new Outside();
    outside.hold("work");
    const handle = await carryOn.trigger({ outside: outside.name, what: "work" });
    await outside.reached("work");
    await runs.cancel(handle);
    const canceled = await runs.retrieve(handle);
    expect(canceled.status).toBe("CANCELED");
    outside.release("work");
    await outside.reached("work carried on");
    // Another run of the same consumer comes and goes after it: its report has been taken by then.
    await outputOf(await add.trigger({ a: 1, b: 1 }));
    expect(await runs.retrieve(handle)).toEqual(canceled);
  },
);

// Scenario 24.
test.concurrent("a queued run is CANCELED at once and never starts", async () => {
  await using outside = new Outside();
  const { body } = await call("POST", "/api/v3/batches", { body: { runCount: 2 } });
  const items = [0, 1].map((index) => ({
    index,
    task: "visit",
    payload: { outside: outside.name, what: `item ${index}` },
  }));
  const headers = { "content-type": "application/x-ndjson" };
  const send = (...some: unknown[]) =>
    call("POST", `/api/v3/batches/${body.id}/items`, { body: lines(...some), headers });
  await send(items[0]);
  const [first = ""] = (await batch.retrieve(body.id)).runs;
  expect((await runs.retrieve(first)).status).toBe("QUEUED");
  await runs.cancel(first);
  expect(await runs.retrieve(first)).toMatchObject({ status: "CANCELED", attemptCount: 0 });
  // The batch it belongs to is sealed afterwards: the other item runs, and the batch ends.
  await send(items[1]);
  const status = async () => (await batch.retrieve(body.id)).status;
  await vi.waitFor(async () => expect(await status()).toBe("COMPLETED"), { timeout: 20_000 });
  expect(outside.tally).toEqual({ "item 1": 1 });
});

test.concurrent("cancelling a final run changes nothing", async () => {
  const handle = await add.trigger({ a: 1, b: 1 });
  const before = await finish(handle);
  expect(await runs.cancel(handle)).toEqual({ id: handle.id });
  expect(await runs.retrieve(handle)).toEqual(before);
});

test.concurrent("cancelling twice changes nothing more", async () => {
  await using outside = new Outside();
  outside.hold("work");
  const handle = await linger.trigger({ outside: outside.name, what: "work" });
  await outside.reached("work");
  await runs.cancel(handle);
  const before = await runs.retrieve(handle);
  await runs.cancel(handle);
  expect(await runs.retrieve(handle)).toEqual(before);
});

// Scenario 23.
test.concurrent("cancelling a waiting run cancels the whole tree below it and stops the code at its end", async () => {
  await using outside = new Outside();
  outside.hold("leaf");
  const handle = await waitInTree.trigger({ outside: outside.name, levels: 4 });
  await outside.reached("leaf");
  const before = await tree(handle.id);
  expect(before.map((run) => run.status)).toEqual([...Array.from({ length: 5 }, () => "WAITING"), "EXECUTING"]);
  await runs.cancel(handle);
  expect((await tree(handle.id)).map((run) => run.status)).toEqual(Array.from({ length: 6 }, () => "CANCELED"));
  await outside.reached("leaf was told to stop");
});

test.concurrent("a tree that is deeper than one group is cancelled to its end", async () => {
  await using outside = new Outside();
  outside.hold("leaf");
  const handle = await waitInTree.trigger({ outside: outside.name, levels: 45 });
  await outside.reached("leaf");
  await runs.cancel(handle);
  await outside.reached("leaf was told to stop");
  expect((await runs.retrieve(handle)).status).toBe("CANCELED");
});

test.concurrent("a cancelled child is a result with ok: false for its parent, which goes on", async () => {
  await using outside = new Outside();
  outside.hold("child");
  const handle = await outliveChild.trigger({ outside: outside.name });
  await outside.reached("child");
  const [child] = (await runs.retrieve(handle)).relatedRuns.children ?? [];
  await runs.cancel(child?.id ?? "");
  expect(await outputOf(handle)).toMatch(/^RunCanceledError: /);
});

test.concurrent("cancelling a parent cancels all items of the batch that it waits for", async () => {
  await using outside = new Outside();
  const names = Array.from({ length: 20 }, (_, i) => `item ${i}`);
  outside.hold(...names);
  const handle = await lingerAll.trigger({ outside: outside.name, children: 20 });
  await Promise.all(names.map((name) => outside.reached(name)));
  const { children = [] } = (await runs.retrieve(handle)).relatedRuns;
  expect(children.length).toBe(20);
  const batchId = (await runs.retrieve(children[0]?.id ?? "")).batchId ?? "";
  await runs.cancel(handle);
  const statuses = (await tree(handle.id)).map((run) => run.status);
  expect(statuses).toEqual(Array.from({ length: 21 }, () => "CANCELED"));
  expect((await batch.retrieve(batchId)).status).toBe("ABORTED");
  await Promise.all(names.map((name) => outside.reached(`${name} was told to stop`)));
});

test.concurrent("a cancelled item is a failed result, and the batch still ends", async () => {
  await using outside = new Outside();
  outside.hold("item 0", "item 1");
  const handle = await lingerAll.trigger({ outside: outside.name, children: 2 });
  await Promise.all([outside.reached("item 0"), outside.reached("item 1")]);
  const [first] = (await runs.retrieve(handle)).relatedRuns.children ?? [];
  await runs.cancel(first?.id ?? "");
  outside.release("item 1");
  const batchId = (await outputOf(handle)) as string;
  expect((await batch.retrieve(batchId)).status).toBe("COMPLETED");
});

test.concurrent("cancelling a run cancels what it has triggered without waiting", async () => {
  await using outside = new Outside();
  outside.hold("run", "leaf", "item", "parent");
  const handle = await startAndLinger.trigger({ outside: outside.name });
  await Promise.all(["run", "leaf", "item", "parent"].map((what) => outside.reached(what)));
  await runs.cancel(handle);
  await Promise.all(["run", "leaf", "item"].map((what) => outside.reached(`${what} was told to stop`)));
  const told = outside.told.map((one) => one.what).find((what) => what.includes("batch_")) ?? "";
  const [run = "", tree = "", batchId = ""] = told.split(" ");
  for (const id of [run, tree]) expect((await runs.retrieve(id)).status).toBe("CANCELED");
  expect((await batch.retrieve(batchId)).status).toBe("ABORTED");
});

test.concurrent(
  "what was triggered detached goes on when its run is cancelled, by key and in a batch as well",
  async () => {
    await using outside = new Outside();
    outside.hold("run", "leaf", "item", "parent");
    const handle = await startAndLinger.trigger({ outside: outside.name, detached: true });
    await Promise.all(["run", "leaf", "item", "parent"].map((what) => outside.reached(what)));
    await runs.cancel(handle);
    await quiet();
    outside.release("run", "leaf", "item");
    const told = outside.told.map((one) => one.what).find((what) => what.includes("batch_")) ?? "";
    const [run = "", tree = "", batchId = ""] = told.split(" ");
    for (const id of [run, tree]) expect(await outputOf({ id })).toBe("was not told to stop");
    await vi.waitFor(async () => expect((await batch.retrieve(batchId)).status).toBe("COMPLETED"), SOON);
    expect((await runs.retrieve(handle)).status).toBe("CANCELED");
    expect((await runs.retrieve(run)).depth).toBe(1);
  },
);

test.concurrent("a replay inside a task can be detached", async () => {
  await using outside = new Outside();
  outside.hold("again", "parent");
  const original = await linger.trigger({ outside: outside.name, what: "once" });
  await outputOf(original);
  const handle = await replayAndLinger.trigger({ outside: outside.name, id: original.id });
  await Promise.all(["again", "parent"].map((what) => outside.reached(what)));
  await runs.cancel(handle);
  await quiet();
  outside.release("again");
  const found = async () => (await runs.list({ taskIdentifier: "linger", tag: outside.name })).data;
  await vi.waitFor(async () => expect(await found()).toMatchObject([{ status: "COMPLETED" }]), SOON);
});

test.concurrent("what is waited for, and a single item of a batch, cannot be detached", async () => {
  const refusals = (await outputOf(await detachWrongly.trigger())) as string[];
  expect(refusals).toHaveLength(4);
  for (const refusal of refusals) expect(refusal).toContain('"detached"');
});

describe("children being made at the moment of the cancellation", () => {
  test.concurrent.each(["run", "batch", "large batch"] as const)(
    "a %s that was about to be waited for is not made",
    async (kind) => {
      await using outside = new Outside();
      outside.hold("about to");
      const handle = await makeChildrenThen.trigger({ outside: outside.name, kind });
      await outside.reached("about to");
      await runs.cancel(handle);
      outside.release("about to");
      await quiet();
      const run = await runs.retrieve(handle);
      expect(run).toMatchObject({ status: "CANCELED" });
      expect(run.relatedRuns.children).toBeUndefined();
      expect(outside.tally).toEqual({ "about to": 1 });
    },
  );

  test.concurrent.each(["trigger", "batchTrigger"] as const)(
    "a %s that was about to be sent is not sent",
    async (kind) => {
      await using outside = new Outside();
      outside.hold("about to");
      const handle = await makeChildrenThen.trigger({ outside: outside.name, kind });
      await outside.reached("about to");
      await runs.cancel(handle);
      outside.release("about to");
      await quiet();
      expect(outside.tally).toEqual({ "about to": 1 });
    },
  );

  test.concurrent.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "no descendant outlives a run that never stops making them (%i)",
    async (after) => {
      await using outside = new Outside();
      const handle = await makeChildrenForever.trigger({ outside: outside.name });
      await outside.reached(after % 2 === 0 ? "awaited" : "triggered", after);
      await runs.cancel(handle);
      const all = await tree(handle.id);
      for (const run of all) expect(run.isCompleted).toBe(true);
      // What was on its way is over by now or never comes: the tree stays as it is, and the outside hears no more.
      await quiet();
      const told = outside.told.length;
      await quiet();
      expect((await tree(handle.id)).map((run) => [run.id, run.status])).toEqual(
        all.map((run) => [run.id, run.status]),
      );
      expect(outside.told.length).toBe(told);
    },
  );
});

/** Resolves when a run that is triggered now, waits for a child of its own and triggers another has gone all the way. */
async function quiet(): Promise<void> {
  await using outside = new Outside();
  const handle = await makeChildrenThen.trigger({ outside: outside.name, kind: "trigger" });
  await Promise.all([outputOf(handle), outside.reached("child")]);
}
