import { beforeAll, expect, test } from "vitest";
import { batch, runs } from "../../sdk/index.ts";
import {
  countInMetadata,
  haveChildren,
  haveGrandchildren,
  noteCancel,
  noteOnce,
  noteProgress,
} from "../support/tasks-notes.ts";
import { add } from "../support/tasks-runs.ts";
import { call, connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

const metadataOf = async (id: string) => (await runs.retrieve(id)).metadata;

test("a run shows the metadata it was triggered with and what it changed; without any it shows none", async () => {
  const given = { user: { id: 7 }, n: 1 };
  const run = await finish(await noteOnce.trigger(undefined, { metadata: given, tags: "given" }));
  expect(run).toMatchObject({ metadata: { ...given, done: true, n: 3 }, tags: ["given", "noted"] });
  expect(await finish(await add.trigger({ a: 1, b: 1 }))).not.toHaveProperty("metadata");
});

test("items of a batch, awaited or not, have their own", async () => {
  const { batchId } = await noteOnce.batchTrigger([{ options: { metadata: { item: 0 } } }, {}]);
  const { runs: ids } = await batch.retrieve(batchId);
  const ended = await Promise.all(ids.map((id) => finish(id)));
  expect(ended.map(({ metadata }) => metadata)).toEqual([
    { item: 0, done: true, n: 2 },
    { done: true, n: 2 },
  ]);
});

test("changes count once through passes and steps, and a new attempt goes on from them", async () => {
  const handle = await countInMetadata.trigger({ waits: 4 }, { metadata: { gone: true } });
  const expected = {
    attempts: 2,
    log: { lines: ["attempt 1", "attempt 2"] },
    // Steps are remembered in the second attempt, so they do not count again; what is around them does.
    ...{ steps: 4, waits: 8 },
    tags: ["wait 0", "wait 1", "wait 2"],
    "began with": 1,
  };
  expect(await outputOf(handle)).toMatchObject({ attempts: 2, steps: 4, waits: 8 });
  expect(await metadataOf(handle.id)).toEqual(expected);
});

test("what a pass changes is seen while it executes, a second later or when it is flushed", async () => {
  await using outside = new Outside();
  outside.hold("half", "flushed");
  const { id } = await noteProgress.trigger({ outside: outside.name });
  await outside.reached("half");
  await expect.poll(() => metadataOf(id), { timeout: 5_000 }).toEqual({ progress: 0.999 });
  expect((await runs.retrieve(id)).tags).toEqual(["half way"]);
  outside.release("half");
  await outside.reached("flushed");
  expect(await runs.retrieve(id)).toMatchObject({ status: "EXECUTING", metadata: { progress: 1 } });
  outside.release("flushed");
  await outputOf(id);
});

test("children change the metadata of their parent and root, in whatever group they are", async () => {
  const top = await haveChildren.trigger();
  await outputOf(top);
  const names = ["awaited", "item", "item", "sent", "sent item"];
  await expect.poll(() => metadataOf(top.id), { timeout: 10_000 }).toMatchObject({ all: 5, ended: 5, children: 5 });
  const { names: seen } = (await metadataOf(top.id)) as { names: string[] };
  expect(seen.toSorted()).toEqual(names);
});

test("a root above several groups is told by all of them", async () => {
  const top = await haveGrandchildren.trigger();
  const middle = (await outputOf(top)) as string;
  await outputOf(middle);
  await expect.poll(() => metadataOf(top.id), { timeout: 10_000 }).toEqual({ all: 5, ended: 5 });
  await expect.poll(() => metadataOf(middle), { timeout: 10_000 }).toMatchObject({ children: 5 });
});

test("a hook of a run that was cancelled can still note something", async () => {
  await using outside = new Outside();
  const { id } = await noteCancel.trigger({ outside: outside.name });
  await outside.reached("begun");
  await runs.cancel(id);
  await expect.poll(() => metadataOf(id), { timeout: 20_000 }).toEqual({ state: "cleaned up" });
  expect(await runs.retrieve(id)).toMatchObject({ status: "CANCELED", tags: ["cancelled"] });
});

test("a final run takes tags, and lists find it by them", async () => {
  const tag = fresh("late");
  const { id } = await add.trigger({ a: 1, b: 2 }, { tags: "early" });
  await outputOf(id);
  expect(await runs.addTags(id, [tag, "early"])).toEqual({ message: "Added 1 tag." });
  expect(await runs.addTags(id, tag)).toEqual({ message: "The run has these tags already." });
  const found = async () => (await runs.list({ tag })).data.map((run) => [run.id, run.tags]);
  await expect.poll(found, { timeout: 10_000 }).toEqual([[id, ["early", tag]]]);
  const many = Array.from({ length: 9 }, (_, i) => `tag ${i}`);
  await expect(runs.addTags(id, many)).rejects.toMatchObject({ status: 422, code: "too_many_tags" });
  await expect(runs.addTags("run_none", "a")).rejects.toMatchObject({ status: 404 });
});

test("lists find a run by a tag that it gave itself", async () => {
  const { id } = await noteOnce.trigger();
  const found = async () => (await runs.list({ tag: "noted", limit: 100 })).data.map((run) => run.id);
  await expect.poll(found, { timeout: 10_000 }).toContain(id);
});

test("metadata is changed over HTTP, once for a request that is sent again", async () => {
  const { id } = await add.trigger({ a: 1, b: 2 });
  await outputOf(id);
  const path = `/api/v1/runs/${id}/metadata`;
  expect(await call("GET", path)).toMatchObject({ status: 200, body: { metadata: {} } });
  const headers = { "x-trigger-request-idempotency-key": crypto.randomUUID() };
  const body = { metadata: { a: 1 }, operations: [{ type: "increment", key: "n", value: 2 }] };
  for (let i = 0; i < 2; i += 1) {
    expect(await call("PUT", path, { body, headers })).toMatchObject({ body: { metadata: { a: 1, n: 2 } } });
  }
  const up = { rootOperations: [{ type: "set", key: "own root", value: true }] };
  expect(await call("PUT", path, { body: up })).toMatchObject({ body: { metadata: { a: 1, n: 2, "own root": true } } });
  expect(await call("GET", path)).toMatchObject({ body: { metadata: { a: 1, n: 2, "own root": true } } });
  const large = { operations: [{ type: "set", key: "b", value: "x".repeat(256 * 1024) }] };
  expect(await call("PUT", path, { body: large })).toMatchObject({ status: 413, body: { code: "metadata_too_large" } });
  expect(await call("PUT", "/api/v1/runs/run_none/metadata", { body })).toMatchObject({ status: 404 });
});
