import { auth, batch, idempotencyKeys, runs, task, tasks, wait } from "@trigger.dev/sdk";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { configure } from "@trigger.dev/sdk";
import { fresh } from "./api.ts";
import { Outside } from "./outside.ts";

// Every option of a trigger that the published client has, and each of its functions on runs, waits and batches: what comes
// of them here, not only that they are taken.

beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
});

const SOON = { pollIntervalMs: 50 };
const LATER = { timeout: 10_000, interval: 50 };
const SUM = { a: 1, b: 1 };

type Options = Parameters<typeof tasks.trigger>[2];

const add = (options?: Options) => tasks.trigger("add", SUM, options);
const visit = (outside: Outside, what: string, options?: Options) =>
  tasks.trigger("enter", { outside: outside.name, what }, options);
const statusOf = async (id: string) => (await runs.retrieve(id)).status;
const globalKey = (name: string) => idempotencyKeys.create(fresh(name), { scope: "global" });

/** What a run was told of itself. */
async function contextOf(options: Options): Promise<Record<string, Record<string, unknown>>> {
  const { output } = await runs.poll(await tasks.trigger("who-am-i", undefined, options), SOON);
  return output as Record<string, Record<string, unknown>>;
}

describe("the option", () => {
  test("delay puts off the start by a time, or to a date; one that has passed does not", async () => {
    const hour = await add({ delay: "1h" });
    const date = new Date(Date.now() + 7_200_000);
    const day = await add({ delay: date });
    const past = await add({ delay: new Date(0) });
    const { status, delayedUntil, createdAt } = await runs.retrieve(hour.id);
    expect([status, (delayedUntil?.getTime() ?? 0) - createdAt.getTime()]).toEqual(["DELAYED", 3_600_000]);
    expect(await runs.retrieve(day.id)).toMatchObject({ status: "DELAYED", delayedUntil: date });
    expect(await runs.poll(past, SOON)).toMatchObject({ status: "COMPLETED", output: 2 });
    for (const { id } of [hour, day]) await runs.cancel(id);
  });

  test("ttl ends a run that has not started in time", async () => {
    await using outside = new Outside();
    outside.hold("first");
    const options = { queue: "published-ttl" };
    await visit(outside, "first", options);
    await outside.reached("first");
    const [late, patient] = [
      await visit(outside, "late", { ...options, ttl: 1 }),
      await visit(outside, "kept", options),
    ];
    expect(await runs.poll(late, SOON)).toMatchObject({ status: "EXPIRED", ttl: "1s", isCompleted: true });
    expect(await statusOf(patient.id)).toBe("QUEUED");
    outside.release("first");
    expect((await runs.poll(patient, SOON)).status).toBe("COMPLETED");
    expect(outside.count("late")).toBe(0);
  });

  test.each([["one"], [["one", "two"]]])("tags %j label the run, which is told and found by them", async (names) => {
    const word = fresh("tag");
    const given = Array.isArray(names) ? names.map((name) => `${word}-${name}`) : `${word}-${names}`;
    const context = await contextOf({ tags: given });
    expect(context["run"]).toMatchObject({ tags: [given].flat() });
    const found = async () => (await runs.list({ tag: given })).data.map(({ id }) => id);
    await expect.poll(found, LATER).toEqual([context["run"]?.["id"]]);
  });

  test("maxAttempts bounds the attempts", async () => {
    await using outside = new Outside();
    const once = tasks.trigger("stumble", { outside: outside.name, what: "once" }, { maxAttempts: 1 });
    expect(await runs.poll(await once, SOON)).toMatchObject({ status: "FAILED", attemptCount: 1 });
    const twice = tasks.trigger("stumble", { outside: outside.name, what: "twice" }, { maxAttempts: 2 });
    expect(await runs.poll(await twice, SOON)).toMatchObject({ status: "COMPLETED", attemptCount: 2 });
  });

  test("maxDuration ends a run that takes longer", async () => {
    await using outside = new Outside();
    outside.hold("work");
    const payload = { outside: outside.name, what: "work" };
    const handle = await tasks.trigger("linger", payload, { maxDuration: 5, maxAttempts: 1 });
    expect(await runs.poll(handle, SOON)).toMatchObject({ status: "TIMED_OUT", isFailed: true });
  });

  test("metadata goes with the run", async () => {
    const metadata = { deep: [{ er: 1 }], n: null };
    expect((await contextOf({ metadata }))["run"]).toMatchObject({ metadata });
  });

  test("queue names the queue, and concurrencyKey the part of it", async () => {
    await using outside = new Outside();
    outside.hold("a", "b");
    const queue = "published-keys";
    const first = await visit(outside, "a", { queue, concurrencyKey: "a" });
    const second = await visit(outside, "next of a", { queue, concurrencyKey: "a" });
    await visit(outside, "b", { queue, concurrencyKey: "b" });
    await outside.reached("a");
    await outside.reached("b");
    expect([await statusOf(second.id), outside.count("next of a")]).toEqual(["QUEUED", 0]);
    outside.release("a", "b");
    expect((await runs.poll(first, SOON)).output).toEqual({ name: queue, concurrencyKey: "a" });
    await runs.poll(second, SOON);
  });

  test("priority lets a run go ahead", async () => {
    await using outside = new Outside();
    outside.hold("first");
    const queue = "published-order";
    await visit(outside, "first", { queue });
    await outside.reached("first");
    await visit(outside, "plain", { queue });
    await visit(outside, "urgent", { queue, priority: 100 });
    outside.release("first");
    await outside.reached("plain");
    expect(outside.told.map(({ what }) => what)).toEqual(["first", "urgent", "plain"]);
  });

  test("machine, region and version are kept with the run, and change nothing", async () => {
    const handle = await add({ machine: "large-1x", region: "eu-central-1", version: "20260101.1" });
    const run = await runs.poll(handle, SOON);
    expect(run).toMatchObject({ status: "COMPLETED", region: "eu-central-1", version: "20260101.1" });
    expect(await runs.retrieve((await runs.replay(run.id)).id)).toMatchObject({ region: "eu-central-1" });
  });

  test("concurrency, with limits by name, is refused by its name", async () => {
    const refusal = { status: 400, message: expect.stringContaining('"concurrency"') };
    await expect(add({ concurrency: ["some-limit"] } as Options)).rejects.toMatchObject(refusal);
  });

  test("publicAccessToken is taken, and the handle has a token", async () => {
    const handle = await tasks.trigger("add", SUM, {}, { publicAccessToken: { expirationTime: "10m" } });
    expect(handle.publicAccessToken.split(".")).toHaveLength(3);
  });
});

describe("an idempotency key", () => {
  test("that is a text, several, or made for everywhere or the run is one, which is itself again", async () => {
    const [text, other] = [fresh("text"), fresh("other")];
    const first = await add({ idempotencyKey: text });
    expect((await add({ idempotencyKey: text })).id).toBe(first.id);
    // Outside of a task the scope of a run is everywhere.
    for (const scope of ["run", "global"] as const) {
      expect((await add({ idempotencyKey: await idempotencyKeys.create(text, { scope }) })).id).toBe(first.id);
    }
    const both = await add({ idempotencyKey: [text, other] });
    expect((await add({ idempotencyKey: await idempotencyKeys.create([text, other]) })).id).toBe(both.id);
    expect(both.id).not.toBe(first.id);
    expect((await tasks.trigger("echo", SUM, { idempotencyKey: text })).id).not.toBe(first.id);
    expect((await runs.poll(first, SOON)).idempotencyKey).toBe(await idempotencyKeys.create(text, { scope: "global" }));
  });

  test("is held for its time, and until it is reset", async () => {
    const idempotencyKey = await globalKey("held");
    const first = await add({ idempotencyKey, idempotencyKeyTTL: "1s" });
    await expect.poll(async () => (await add({ idempotencyKey })).id, LATER).not.toBe(first.id);
    const { id } = await add({ idempotencyKey });
    expect(await idempotencyKeys.reset("add", idempotencyKey)).toEqual({ id: idempotencyKey });
    expect((await add({ idempotencyKey })).id).not.toBe(id);
    const never = await globalKey("never");
    await expect(idempotencyKeys.reset("add", never)).rejects.toMatchObject({ status: 404 });
  });

  test("of a batch and of its items holds them", async () => {
    const [idempotencyKey, itemKey] = [await globalKey("batch"), await globalKey("item")];
    const items = [{ payload: SUM, options: { idempotencyKey: itemKey } }, { payload: SUM }];
    const first = await tasks.batchTrigger("add", items, { idempotencyKey });
    expect((await tasks.batchTrigger("add", items, { idempotencyKey })).batchId).toBe(first.batchId);
    const other = await tasks.batchTrigger("add", items);
    for (const { batchId } of [first, other]) {
      await expect.poll(async () => (await batch.retrieve(batchId)).status, LATER).toBe("COMPLETED");
    }
    const [mine, theirs] = [await batch.retrieve(first.batchId), await batch.retrieve(other.batchId)];
    expect([mine.runs[0] === theirs.runs[0], mine.runs[1] === theirs.runs[1]]).toEqual([true, false]);
  });
});

describe("debounce", () => {
  test.each([
    ["leading", 1],
    ["trailing", 2],
    [undefined, 1],
  ] as const)("in mode %s takes one payload of those that follow each other", async (mode, which) => {
    const debounce = { key: fresh("debounce"), delay: "1s", ...(mode === undefined ? {} : { mode }) };
    const first = await tasks.trigger("echo", 1, { debounce, tags: ["first"] });
    const second = await tasks.trigger("echo", 2, { debounce, tags: ["second"] });
    expect(second.id).toBe(first.id);
    const tags = [which === 1 ? "first" : "second"];
    expect(await runs.poll(first, SOON)).toMatchObject({ status: "COMPLETED", output: which, tags });
    expect((await tasks.trigger("echo", 3, { debounce })).id).not.toBe(first.id);
  });

  test("pushes a run by no more than maxDelay", async () => {
    const debounce = { key: fresh("pushed"), delay: "2s", maxDelay: "3s" };
    const first = await add({ debounce });
    const others = async () => (await add({ debounce })).id;
    await expect.poll(others, { timeout: 8_000, interval: 400 }).not.toBe(first.id);
    const { startedAt, createdAt } = await runs.poll(first, SOON);
    expect((startedAt?.getTime() ?? 0) - createdAt.getTime()).toBeGreaterThanOrEqual(2_000);
    const wrong = { ...debounce, maxDelay: "1s" };
    await expect(add({ debounce: wrong })).rejects.toMatchObject({ status: 400 });
  });
});

describe("runs", () => {
  test("list filters by status, task, tag, batch and time, and refuses other filters by name", async () => {
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
      await found({ limit: 1 }),
    ];
    expect(counts).toEqual([1, 0, 2, 2, 0, 0, 1]);
    for (const filter of [
      { version: "20260101.1" },
      { bulkAction: "x" },
      { schedule: "x" },
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
