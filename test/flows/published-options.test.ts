import { batch, configure, idempotencyKeys, runs, tasks } from "@trigger.dev/sdk";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { fresh } from "./api.ts";
import { Outside } from "./outside.ts";

// Every option of a trigger that the published client has: what comes of it here, not only that it is taken.

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
    await expect(add({ concurrency: ["some-limit"] })).rejects.toMatchObject(refusal);
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
    const debounce = { key: fresh("debounce"), delay: "1h", ...(mode === undefined ? {} : { mode }) };
    const first = await tasks.trigger("echo", 1, { debounce, tags: ["first"] });
    const second = await tasks.trigger("echo", 2, { debounce, tags: ["second"] });
    expect(second.id).toBe(first.id);
    await runs.reschedule(first.id, { delay: "1s" });
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
