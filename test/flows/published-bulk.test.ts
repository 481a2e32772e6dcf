import { configure, runs, tasks } from "@trigger.dev/sdk";
import { beforeAll, expect, inject, test } from "vitest";
import { fresh } from "./api.ts";

// Bulk actions by the client of the API that Runlet speaks, as it is on npm.
beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
});

const SOON = { pollIntervalMs: 50 };

async function delayed(tag: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push((await tasks.trigger("echo", i, { tags: tag, delay: "1h" })).id);
  await expect.poll(async () => (await runs.list({ tag })).data.length, { timeout: 20_000 }).toBe(count);
  return ids;
}

test("it cancels by a filter and polls to the end", async () => {
  const tag = fresh("cancel");
  const ids = await delayed(tag, 3);
  const from = new Date(Date.now() - 3_600_000);
  const { id } = await runs.bulk.cancel({ filter: { tag, from, to: Date.now() + 1_000 }, name: "by filter" });
  const action = await runs.bulk.poll(id, SOON);
  expect(action).toMatchObject({ id, type: "CANCEL", status: "COMPLETED", name: "by filter" });
  expect(action.counts).toEqual({ total: 3, success: 3, failure: 0 });
  expect(action.completedAt).toBeInstanceOf(Date);
  expect((await runs.retrieve(ids[0] ?? "")).status).toBe("CANCELED");
});

test("it replays by ids, lists what came of it, and lists the actions", async () => {
  const [id = ""] = await delayed(fresh("replay"), 1);
  const handle = await runs.bulk.replay({ runIds: [id], targetRegion: "eu-central-1" });
  expect((await runs.bulk.poll(handle.id, SOON)).counts).toEqual({ total: 1, success: 1, failure: 0 });
  await expect.poll(async () => (await runs.list({ bulkAction: handle.id })).data.length, { timeout: 10_000 }).toBe(1);
  const [made] = (await runs.list({ bulkAction: handle.id })).data;
  expect(await runs.poll(made?.id ?? "", SOON)).toMatchObject({ status: "COMPLETED", region: "eu-central-1" });
  const others = await runs.bulk.replay({ runIds: [id] });
  await runs.bulk.poll(others.id, SOON);
  const found: string[] = [];
  const listed = async () => {
    found.length = 0;
    for await (const action of runs.bulk.list({ limit: 1 })) found.push(action.id);
    return found.includes(handle.id) && found.includes(others.id);
  };
  await expect.poll(listed, { timeout: 20_000 }).toBe(true);
  expect(new Set(found).size).toBe(found.length);
  await runs.cancel(id);
});

test("it aborts, and sees what is refused", async () => {
  const tag = fresh("abort");
  const [id = ""] = await delayed(tag, 1);
  const action = await runs.bulk.cancel({ filter: { tag } });
  expect(await runs.bulk.abort(action.id)).toEqual({ id: action.id });
  expect((await runs.bulk.retrieve(action.id)).status).toBe("ABORTED");
  await expect(runs.bulk.retrieve("bulk_unknown")).rejects.toMatchObject({ status: 404 });
  await expect(runs.bulk.cancel({ runIds: [] })).rejects.toMatchObject({ status: 400 });
  await expect(runs.bulk.cancel({ filter: { isTest: true } })).rejects.toThrow("filter.isTest is not supported yet");
  await runs.cancel(id);
});
