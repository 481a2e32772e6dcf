import { concurrencyLimits, configure, queues, runs, tasks } from "@trigger.dev/sdk";
import { beforeAll, expect, inject, test } from "vitest";
import { fresh } from "./api.ts";
import { Outside } from "./outside.ts";

// The client of the API that Runlet speaks, as it is on npm.
beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
});

const SOON = { pollIntervalMs: 50 };
const QUEUE = { type: "custom", name: "published/client" } as const;

test("the published client lists queues, and retrieves them by id, task and name", async () => {
  const names: string[] = [];
  for await (const { name } of queues.list({ perPage: 15 })) names.push(name);
  expect(names).toEqual(expect.arrayContaining(["two-at-once", "published/client", "add", "descend"]));
  const page = await queues.list({ perPage: 5 });
  expect(page.pagination).toMatchObject({ currentPage: 1, count: names.length });
  expect((await page.getNextPage()).data.map(({ name }) => name)).toEqual(names.slice(5, 10));
  const found = await queues.retrieve(QUEUE);
  expect(found).toMatchObject({ ...QUEUE, version: "V1", paused: false, concurrencyLimit: 1 });
  expect(await queues.retrieve(found.id)).toEqual(found);
  expect(await queues.retrieve({ type: "task", name: "descend" })).toMatchObject({ type: "task", name: "descend" });
  await expect(queues.retrieve({ type: "task", name: "desend" })).rejects.toMatchObject({ status: 404 });
});

test("the published client pauses, resumes, overrides and resets, and triggers with queue, key and priority", async () => {
  await using outside = new Outside();
  expect(await queues.pause(QUEUE)).toMatchObject({ paused: true });
  const concurrencyKey = fresh("key");
  const send = (what: string, options: { readonly priority?: number; readonly concurrencyKey?: string }) =>
    tasks.trigger("enter", { outside: outside.name, what }, { queue: QUEUE.name, concurrencyKey, ...options });
  const handles = [await send("later", {}), await send("sooner", { priority: 10 })];
  handles.push(await send("apart", { concurrencyKey: fresh("key") }));
  await expect.poll(async () => queues.retrieve(QUEUE), { timeout: 10_000 }).toMatchObject({ queued: 3, running: 0 });

  const overridden = await queues.overrideConcurrencyLimit(QUEUE, 2);
  expect(overridden).toMatchObject({ concurrencyLimit: 2, concurrency: { base: 1, current: 2, override: 2 } });
  expect(overridden.concurrency?.overriddenAt).toBeInstanceOf(Date);
  expect(await queues.resetConcurrencyLimit(QUEUE)).toMatchObject({
    concurrencyLimit: 1,
    paused: true,
    concurrency: { base: 1, current: 1, override: null, overriddenAt: null },
  });
  expect(outside.tally).toEqual({});

  outside.hold("sooner");
  expect(await queues.resume(QUEUE)).toMatchObject({ paused: false });
  await outside.reached("sooner");
  await outside.reached("apart");
  expect(outside.count("later")).toBe(0);
  outside.release("sooner");
  const ended = await Promise.all(handles.map((handle) => runs.poll(handle, SOON)));
  expect(ended.map(({ output }) => output)).toMatchObject([{ concurrencyKey }, { concurrencyKey }, QUEUE_OF_APART]);
});

const QUEUE_OF_APART = { name: QUEUE.name, concurrencyKey: expect.stringContaining("key") };

test("the published client is told why there are no named limits, at once", async () => {
  const refusal = { status: 400, message: expect.stringContaining("concurrencyKey") };
  await expect(concurrencyLimits.list()).rejects.toMatchObject(refusal);
  await expect(concurrencyLimits.retrieve("task/add")).rejects.toMatchObject(refusal);
  await expect(concurrencyLimits.override("openai", { total: 5 })).rejects.toMatchObject(refusal);
  await expect(concurrencyLimits.pause("openai")).rejects.toMatchObject(refusal);
  await expect(concurrencyLimits.reset("openai")).rejects.toMatchObject(refusal);
  await expect(tasks.trigger("add", { a: 1, b: 1 }, { concurrency: "openai" })).rejects.toMatchObject(refusal);
});
