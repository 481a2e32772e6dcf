import { auth, batch, configure, runs, task, tasks, wait } from "@trigger.dev/sdk";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { fresh } from "./api.ts";

// Each function of the published client on runs, waits and batches: what comes of it here, not only that it is taken.

beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
});

const SOON = { pollIntervalMs: 50 };
const LATER = { timeout: 10_000, interval: 50 };
const SUM = { a: 1, b: 1 };

const add = (options?: Parameters<typeof tasks.trigger>[2]) => tasks.trigger("add", SUM, options);
const statusOf = async (id: string) => (await runs.retrieve(id)).status;

describe("runs", () => {
  test("list filters by status, task, tag, batch, bulk action and time, and refuses other filters by name", async () => {
    const tag = fresh("filter");
    const ids = [(await add({ tags: tag })).id, (await tasks.trigger("echo", 1, { tags: tag })).id];
    for (const id of ids) await runs.poll(id, SOON);
    const found = async (filter: Parameters<typeof runs.list>[0]) => (await runs.list({ tag, ...filter })).data.length;
    await expect.poll(() => found({ status: "COMPLETED" }), LATER).toBe(2);
    const from = new Date(Date.now() - 60_000);
    const counts = [
      await found({ taskIdentifier: ["echo"] }),
      await found({ status: ["FAILED", "CANCELED"] }),
      await found({ period: "1h" }),
      await found({ from, to: new Date() }),
      await found({ to: from }),
      await found({ batch: "batch_none" }),
      await found({ bulkAction: "bulk_none" }),
      await found({ limit: 1 }),
    ];
    expect(counts).toEqual([1, 0, 2, 2, 0, 0, 0, 1]);
    for (const filter of [
      { version: "20260101.1" },
      { isTest: true },
      { queue: { type: "task", name: "add" } },
      { machine: "micro" },
      { region: "x" },
    ] as const) {
      const [name = ""] = Object.keys(filter);
      const refusal = { status: 400, message: expect.stringContaining(`filter[${name}]`) };
      await expect(runs.list(filter as Parameters<typeof runs.list>[0])).rejects.toMatchObject(refusal);
    }
  });

  test("cancel, reschedule and replay with every override do what they say", async () => {
    const delayed = await add({ delay: "1h" });
    const at = new Date(Date.now() + 7_200_000);
    expect(await runs.reschedule(delayed.id, { delay: at })).toMatchObject({ status: "DELAYED", delayedUntil: at });
    await runs.cancel(delayed.id);
    expect(await statusOf(delayed.id)).toBe("CANCELED");
    await expect(runs.reschedule(delayed.id, { delay: "1h" })).rejects.toMatchObject({ status: 400 });

    const { id } = await runs.poll(await tasks.trigger("who-am-i", undefined, { tags: ["own"] }), SOON);
    const overrides = { tags: ["other"], maxAttempts: 7, maxDuration: 60, priority: 3, concurrencyKey: "k" };
    const replayed = await runs.replay(id, { ...overrides, queue: "task/who-am-i", region: "eu", ttl: "1h" });
    const run = await runs.poll(replayed.id, SOON);
    expect(run).toMatchObject({ status: "COMPLETED", tags: ["other"], region: "eu", ttl: "3600s" });
    const { tags, maxAttempts, maxDuration, priority } = overrides;
    expect(run.output).toMatchObject({
      run: { tags, maxAttempts, maxDuration, priority, isReplay: true },
      queue: { name: "task/who-am-i", concurrencyKey: "k" },
    });
    const late = await runs.replay(id, { delay: "1h" });
    expect(await statusOf(late.id)).toBe("DELAYED");
    await runs.cancel(late.id);
  });
});

describe("tokens", () => {
  test("are made with every option, listed by it, and completed once", async () => {
    const [tag, idempotencyKey] = [fresh("token"), fresh("token-key")];
    const options = { timeout: "1h", idempotencyKey, idempotencyKeyTTL: "1d", tags: [tag, "second"] };
    const token = await wait.createToken(options);
    expect([token.isCached, token.publicAccessToken.split(".").length]).toEqual([false, 3]);
    expect(await wait.createToken(options)).toMatchObject({ id: token.id, isCached: true });
    const found = async (filter: Parameters<typeof wait.listTokens>[0]) =>
      (await wait.listTokens({ tags: tag, ...filter })).data.map(({ id }) => id);
    await expect.poll(() => found({ status: "WAITING" }), LATER).toEqual([token.id]);
    const [item] = (await wait.listTokens({ idempotencyKey })).data;
    expect(item).toMatchObject({ id: token.id, url: token.url, status: "WAITING", idempotencyKey, tags: options.tags });
    const day = (item?.idempotencyKeyExpiresAt?.getTime() ?? 0) - (item?.createdAt.getTime() ?? 0);
    const hour = (item?.timeoutAt?.getTime() ?? 0) - (item?.createdAt.getTime() ?? 0);
    expect([day, hour]).toEqual([86_400_000, 3_600_000]);
    for (const value of [{ yes: true }, "too late"]) await wait.completeToken(token, value);
    await expect.poll(() => found({ status: ["COMPLETED", "TIMED_OUT"] }), LATER).toEqual([token.id]);
    expect(await found({ status: "WAITING" })).toEqual([]);
    expect(await wait.retrieveToken(token)).toMatchObject({ status: "COMPLETED", output: { yes: true } });
    const from = new Date(Date.now() - 60_000);
    expect([await found({ from, to: new Date() }), await found({ to: from })]).toEqual([[token.id], []]);
    expect([await found({ period: "1h" }), await found({ idempotencyKey: "other" })]).toEqual([[token.id], []]);
  });

  test("are listed page by page, forwards and back, and iterated over", async () => {
    const tags = fresh("pages");
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.unshift((await wait.createToken({ tags })).id);
    const all = async () => {
      const found: string[] = [];
      for await (const { id } of wait.listTokens({ tags, limit: 2 })) found.push(id);
      return found;
    };
    await expect.poll(all, LATER).toEqual(ids);
    const first = await wait.listTokens({ tags, limit: 2 });
    const second = await first.getNextPage();
    const third = await second.getNextPage();
    expect(third.data.map(({ id }) => id)).toEqual(ids.slice(4));
    expect([third.hasNextPage(), third.hasPreviousPage()]).toEqual([false, true]);
    expect((await third.getPreviousPage()).data.map(({ id }) => id)).toEqual(ids.slice(2, 4));
  });
});

describe("batches", () => {
  test("of tasks by their definitions, by id, and from a stream are all made", async () => {
    const sum = task({ id: "add", run: async ({ a, b }: typeof SUM) => a + b });
    const word = task({ id: "echo", run: async (text: string) => text });
    async function* stream() {
      for (const a of [1, 2]) yield { payload: { a, b: 1 } };
    }
    const made = [
      await batch.triggerByTask([
        { task: sum, payload: SUM },
        { task: word, payload: "x" },
      ]),
      await batch.trigger([
        { id: "add", payload: SUM },
        { id: "echo", payload: "x" },
      ]),
      await sum.batchTrigger(stream()),
      await sum.batchTrigger([{ payload: SUM }, { payload: { a: 2, b: 1 }, options: { tags: ["item"] } }]),
    ];
    const outputs = made.map(async ({ batchId }) => {
      await expect.poll(async () => (await batch.retrieve(batchId)).status, LATER).toBe("COMPLETED");
      const { runs: ids, runCount } = await batch.retrieve(batchId);
      expect(runCount).toBe(2);
      return Promise.all(ids.map(async (id) => (await runs.retrieve(id)).output as unknown));
    });
    expect(await Promise.all(outputs)).toEqual([
      [2, "x"],
      [2, "x"],
      [2, 3],
      [2, 3],
    ]);
  });
});

test("another key is used for as long as it is said", async () => {
  const { url, key } = inject("platform");
  const wrong = { baseURL: url, accessToken: "tr_dev_wrong" };
  await expect(auth.withAuth(wrong, () => add())).rejects.toMatchObject({ status: 401 });
  expect((await auth.withAuth({ baseURL: url, accessToken: key }, () => add())).id).toMatch(/^run_/);
});
