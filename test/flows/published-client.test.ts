import { batch, configure, idempotencyKeys, runs, tasks, wait } from "@trigger.dev/sdk";
import { beforeAll, expect, inject, test } from "vitest";
import { fresh } from "./api.ts";
import { Outside } from "./outside.ts";

// The client of the API that Runlet speaks, as it is on npm: only its address and key are changed.
beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
});

const SOON = { pollIntervalMs: 50 };

test("it triggers a run and polls it to its output", async () => {
  const handle = await tasks.trigger("add", { a: 40, b: 2 }, { tags: ["published"] });
  expect(handle.id).toMatch(/^run_/);
  expect(handle.publicAccessToken.split(".").length).toBe(3);
  const run = await runs.poll(handle, SOON);
  expect(run).toMatchObject({
    id: handle.id,
    status: "COMPLETED",
    taskIdentifier: "add",
    payload: { a: 40, b: 2 },
    output: 42,
    tags: ["published"],
    isCompleted: true,
    isSuccess: true,
    attemptCount: 1,
  });
  expect(run.createdAt).toBeInstanceOf(Date);
  expect(run.finishedAt).toBeInstanceOf(Date);
});

test("its payloads reach the task with their types", async () => {
  const payload = { date: new Date(0), map: new Map([["a", 1]]), set: new Set([1]), big: 1n, nothing: undefined };
  const run = await runs.poll(await tasks.trigger("name-types", payload), SOON);
  expect(run.output).toEqual(["date: Date", "map: Map", "set: Set", "big: BigInt", "nothing: undefined"]);
});

test.each([
  ["a string", "text"],
  ["a number", 7],
  ["null", null],
  ["undefined", undefined],
  ["plain JSON", { deep: [{ er: true }] }],
])("%s comes back as its output", async (_, value) => {
  const run = await runs.poll(await tasks.trigger("echo", value), SOON);
  expect(run).toMatchObject({ status: "COMPLETED" });
  expect(run.output).toEqual(value);
});

test("it sees a run that failed, with its error", async () => {
  const run = await runs.poll(await tasks.trigger("fail", { message: "as asked" }), SOON);
  expect(run).toMatchObject({
    status: "FAILED",
    isFailed: true,
    isSuccess: false,
    error: { name: "RangeError", message: "as asked" },
  });
});

test("it sets the number of attempts", async () => {
  await using outside = new Outside();
  outside.refuse("attempt");
  const handle = await tasks.trigger("try-again", { outside: outside.name }, { maxAttempts: 2 });
  expect(await runs.poll(handle, SOON)).toMatchObject({ status: "FAILED", attemptCount: 2 });
});

test("it triggers a batch of one task, and retrieves it and its runs", async () => {
  const items = Array.from({ length: 60 }, (_, i) => ({ payload: { a: i, b: 1 } }));
  const { batchId, runCount } = await tasks.batchTrigger("add", items);
  expect(runCount).toBe(60);
  await expect.poll(async () => (await batch.retrieve(batchId)).status, { timeout: 20_000 }).toBe("COMPLETED");
  const { runs: ids } = await batch.retrieve(batchId);
  const outputs = await Promise.all(ids.map(async (id) => (await runs.retrieve(id)).output));
  expect(outputs).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

test("it triggers a batch of different tasks, and sees an item that could not start", async () => {
  const { batchId } = await batch.trigger([
    { id: "add", payload: { a: 1, b: 2 } },
    { id: "echo", payload: new Date(0) },
    { id: "ecko", payload: "nobody's" },
  ]);
  await expect.poll(async () => (await batch.retrieve(batchId)).status, { timeout: 20_000 }).toBe("PARTIAL_FAILED");
  const seen = await batch.retrieve(batchId);
  expect(seen.processing?.errors).toMatchObject([{ index: 2, taskIdentifier: "ecko" }]);
  const [sum, date] = await Promise.all(seen.runs.map((id) => runs.retrieve(id)));
  expect(sum?.output).toBe(3);
  expect(date?.status).toBe("COMPLETED");
});

test("it lists runs page by page, forwards and back, and iterates over all of them", async () => {
  const tag = fresh("listed");
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) ids.push((await tasks.trigger("add", { a: i, b: 0 }, { tags: tag })).id);
  const newestFirst = ids.toReversed();
  const find = (limit: number) => runs.list({ tag, status: ["COMPLETED"], taskIdentifier: "add", limit });
  const all = async () => {
    const found: string[] = [];
    for await (const run of find(3)) found.push(run.id);
    return found;
  };
  await expect.poll(all, { timeout: 20_000 }).toEqual(newestFirst);
  const first = await find(3);
  expect(first.data.map((run) => run.id)).toEqual(newestFirst.slice(0, 3));
  expect(first.data[0]).toMatchObject({ status: "COMPLETED", env: { name: expect.any(String) }, tags: [tag] });
  const second = await first.getNextPage();
  const third = await second.getNextPage();
  expect(second.data.map((run) => run.id)).toEqual(newestFirst.slice(3, 6));
  expect(third.data.map((run) => run.id)).toEqual(newestFirst.slice(6));
  expect(third.hasNextPage()).toBe(false);
  const back = await third.getPreviousPage();
  expect(back.data.map((run) => run.id)).toEqual(newestFirst.slice(3, 6));
});

test("it cancels a run", async () => {
  await using outside = new Outside();
  outside.hold("work");
  const handle = await tasks.trigger("linger", { outside: outside.name, what: "work" });
  await outside.reached("work");
  expect(await runs.cancel(handle.id)).toEqual({ id: handle.id });
  expect(await runs.retrieve(handle.id)).toMatchObject({ status: "CANCELED", isCancelled: true, isCompleted: true });
  await outside.reached("work was told to stop");
});

test("it sees the tree of a run", async () => {
  const parent = await runs.poll(await tasks.trigger("look-at-child", { a: 1, b: 2 }), SOON);
  expect(parent.relatedRuns.children).toMatchObject([{ taskIdentifier: "add", status: "COMPLETED" }]);
  const child = await runs.retrieve(parent.relatedRuns.children?.[0]?.id ?? "");
  expect(child).toMatchObject({ depth: 1, triggerFunction: "triggerAndWait", output: 3 });
  expect(child.relatedRuns.parent?.id).toBe(parent.id);
  expect(child.relatedRuns.root?.id).toBe(parent.id);
});

test("it throws its own errors for what the platform refuses", async () => {
  await expect(tasks.trigger("no-such-task", {})).rejects.toMatchObject({ name: "TriggerApiError", status: 404 });
  await expect(runs.retrieve("run_none")).rejects.toMatchObject({ status: 404 });
  const wrong = { clientConfig: { baseURL: inject("platform").url, accessToken: "tr_dev_wrong" } };
  await expect(tasks.trigger("add", { a: 1, b: 1 }, {}, wrong)).rejects.toMatchObject({ status: 401 });
});

test("it debounces, and uses idempotency keys", async () => {
  const debounce = { key: fresh("debounce"), delay: "1h", mode: "trailing" } as const;
  const first = await tasks.trigger("add", { a: 1, b: 1 }, { debounce });
  expect((await tasks.trigger("add", { a: 2, b: 2 }, { debounce })).id).toBe(first.id);
  await runs.reschedule(first.id, { delay: "1s" });
  expect(await runs.poll(first, SOON)).toMatchObject({ status: "COMPLETED", output: 4 });

  const idempotencyKey = await idempotencyKeys.create(fresh("key"), { scope: "global" });
  const one = await tasks.trigger("add", { a: 1, b: 1 }, { idempotencyKey, idempotencyKeyTTL: "1h" });
  expect(await tasks.trigger("add", { a: 1, b: 1 }, { idempotencyKey })).toMatchObject({ id: one.id });
  await idempotencyKeys.reset("add", idempotencyKey);
  expect((await tasks.trigger("add", { a: 1, b: 1 }, { idempotencyKey })).id).not.toBe(one.id);

  const items = [{ payload: { a: 1, b: 1 } }, { payload: { a: 2, b: 2 } }];
  const batchKey = { idempotencyKey: await idempotencyKeys.create(fresh("batch"), { scope: "global" }) };
  const made = await tasks.batchTrigger("add", items, batchKey);
  await expect.poll(async () => (await batch.retrieve(made.batchId)).status).toBe("COMPLETED");
  expect((await tasks.batchTrigger("add", items, batchKey)).batchId).toBe(made.batchId);
});

test("it delays, reschedules and bounds a run", async () => {
  const options = { delay: "1h", ttl: "10m", maxDuration: 60, priority: 5, machine: "micro", region: "eu" } as const;
  const handle = await tasks.trigger("add", { a: 1, b: 1 }, options);
  expect(await runs.retrieve(handle.id)).toMatchObject({
    status: "DELAYED",
    isQueued: true,
    ttl: "600s",
    region: "eu",
  });
  const later = new Date(Date.now() + 7_200_000);
  expect(await runs.reschedule(handle.id, { delay: later })).toMatchObject({ status: "DELAYED", delayedUntil: later });
  await runs.reschedule(handle.id, { delay: new Date(0) });
  expect(await runs.poll(handle, SOON)).toMatchObject({ status: "COMPLETED", output: 2 });
});

test("it makes tokens, completes and retrieves them", async () => {
  const token = await wait.createToken({ timeout: "1h", tags: ["published"] });
  expect(token.publicAccessToken.split(".").length).toBe(3);
  const handle = await tasks.trigger("await-token", { token: token.id });
  await wait.completeToken(token, { yes: true });
  expect(await runs.poll(handle, SOON)).toMatchObject({ status: "COMPLETED", output: { yes: true } });
  expect(await wait.retrieveToken(token.id)).toMatchObject({ status: "COMPLETED", output: { yes: true } });
});

test("it replays a run, with overrides that are superjson", async () => {
  const handle = await tasks.trigger("echo-replay", { at: new Date(1) });
  const same = await runs.replay(handle.id);
  expect(await runs.poll(same.id, SOON)).toMatchObject({ status: "COMPLETED", output: { isReplay: true } });
  const other = await runs.replay(handle.id, { payload: { big: 5n }, tags: ["other"], maxAttempts: 1 });
  const run = await runs.poll(other.id, SOON);
  expect(run).toMatchObject({ status: "COMPLETED", tags: ["other"], output: { payload: { big: "5" } } });
  const noted = await runs.replay(handle.id, { metadata: { a: 1 }, delay: "1h" });
  expect(await runs.retrieve(noted.id)).toMatchObject({ status: "DELAYED", metadata: { a: 1 } });
  const key = { idempotencyKey: await idempotencyKeys.create(fresh("replay"), { scope: "global" }) };
  expect((await runs.replay(handle.id, key)).id).toBe((await runs.replay(handle.id, key)).id);
  await expect(runs.replay("run_none")).rejects.toMatchObject({ status: 404 });
});
