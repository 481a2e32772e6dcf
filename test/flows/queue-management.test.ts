import { beforeAll, describe, expect, test } from "vitest";
import { queues as management, runs, type QueueObject } from "../../sdk/index.ts";
import { add } from "../support/tasks-runs.ts";
import { enter, manage, queues } from "../support/tasks-queues.ts";
import { call, connect, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

const SOON = { timeout: 10_000 };

beforeAll(connect);

/** Resolves when the platform has done something else meanwhile, from end to end: what could have started has. */
const elsewhere = async () => outputOf(await add.trigger({ a: 1, b: 2 }));

const plain = {
  version: "V1",
  running: 0,
  queued: 0,
  paused: false,
  concurrency: { override: null, overriddenAt: null, overriddenBy: null },
} as const;

describe("a queue", () => {
  test("is found by its id, by its task, by its name and by what declares it", async () => {
    const managed = { ...plain, name: "only-paced", type: "custom", isLimited: true, concurrencyLimit: null };
    const found = await management.retrieve(queues.paced);
    expect(found).toMatchObject({ ...managed, id: "queue_only-paced" });
    expect(await management.retrieve(found.id)).toEqual(found);
    expect(await management.retrieve({ type: "custom", name: "only-paced" })).toEqual(found);
    const ofTask = await management.retrieve({ type: "task", name: "descend" });
    expect(ofTask).toMatchObject({ name: "descend", type: "task", concurrencyLimit: 1 });
    expect(await management.retrieve(ofTask.id)).toMatchObject({ name: "descend", concurrency: { base: 1 } });
    expect(await management.retrieve({ type: "custom", name: "managed/by-hand" })).toMatchObject({
      id: "queue_managed~by-hand",
    });
  });

  test("is listed with those of all tasks, page by page", async () => {
    const all: QueueObject[] = [];
    for await (const queue of management.list({ perPage: 20 })) all.push(queue);
    const first = await management.list({ perPage: 20 });
    expect(first.pagination).toEqual({ currentPage: 1, totalPages: Math.ceil(all.length / 20), count: all.length });
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(40);
    const second = await first.getNextPage();
    expect(second.data[0]?.id).toBe(all[20]?.id);
    expect((await second.getPreviousPage()).data.map(({ id }) => id)).toEqual(first.data.map(({ id }) => id));
    expect(all.find(({ name }) => name === "two-per-key-three-in-all")).toMatchObject({
      isLimited: true,
      concurrencyLimit: 3,
    });
    expect(all.find(({ name, type }) => type === "task" && name === "add")).toMatchObject({
      ...plain,
      isLimited: false,
      concurrencyLimit: null,
    });
    expect(await management.list({ page: 9_999 })).toMatchObject({ data: [] });
  });

  test("that is paused lets nothing start, and what executes go on, until it is resumed", async () => {
    await using outside = new Outside();
    const options = { queue: queues.managed, concurrencyKey: fresh("key") };
    outside.hold("executes");
    const executing = await enter.trigger({ outside: outside.name, what: "executes" }, options);
    await outside.reached("executes");
    expect(await management.pause(queues.managed)).toMatchObject({ paused: true, running: 1, queued: 0 });
    expect(await management.pause(queues.managed)).toMatchObject({ paused: true });
    const next = await enter.trigger({ outside: outside.name, what: "next" }, options);
    const other = await enter.trigger(
      { outside: outside.name, what: "other" },
      { queue: queues.managed, concurrencyKey: fresh("key") },
    );
    outside.release("executes");
    await outputOf(executing);
    const state = async () => management.retrieve(queues.managed);
    await expect.poll(state, SOON).toMatchObject({ running: 0, queued: 2, paused: true });
    await elsewhere();
    expect(outside.tally).toEqual({ executes: 1 });
    expect((await runs.retrieve(next)).status).toBe("QUEUED");
    expect(await management.resume(queues.managed)).toMatchObject({ paused: false });
    await Promise.all([outputOf(next), outputOf(other)]);
    await expect.poll(state, SOON).toMatchObject({ running: 0, queued: 0, paused: false });
  });

  test("takes another limit in place of that of the code, at once, and gives it back", async () => {
    await using outside = new Outside();
    outside.hold("in");
    const send = () => enter.trigger({ outside: outside.name, what: "in" }, { queue: queues.overridden });
    const handles = [await send(), await send(), await send()];
    await outside.reached("in");
    await elsewhere();
    expect(outside.count("in")).toBe(1);
    const before = Date.now();
    const raised = await management.overrideConcurrencyLimit(queues.overridden, 2);
    expect(raised).toMatchObject({ concurrencyLimit: 2, concurrency: { current: 2, base: 1, override: 2 } });
    expect(Number(raised.concurrency.overriddenAt)).toBeGreaterThanOrEqual(before - 1_000);
    await outside.reached("in", 2);
    await elsewhere();
    expect(outside.count("in")).toBe(2);
    // Below what executes: nobody is stopped, and nobody starts.
    expect(await management.overrideConcurrencyLimit(queues.overridden, 0)).toMatchObject({
      concurrencyLimit: 0,
      running: 2,
      queued: 1,
    });
    outside.release("in");
    const state = async () => management.retrieve(queues.overridden);
    await expect.poll(state, SOON).toMatchObject({ running: 0, queued: 1 });
    await elsewhere();
    expect(outside.count("in")).toBe(2);
    expect(await management.resetConcurrencyLimit(queues.overridden)).toMatchObject({
      concurrencyLimit: 1,
      concurrency: { current: 1, base: 1, override: null, overriddenAt: null },
    });
    await Promise.all(handles.map(outputOf));
  });

  test("is managed from inside a task, too", async () => {
    expect(await outputOf(await manage.trigger())).toEqual([1, true, 7, false, 2]);
  });
});

describe("a queue without limits", () => {
  const unlimited = { type: "task", name: "add" } as const;

  test("cannot be paused or given a limit, and is told how it could", async () => {
    const refusal = { status: 422, code: "queue_not_limited", message: expect.stringContaining("concurrencyLimit:") };
    await expect(management.pause(unlimited)).rejects.toMatchObject(refusal);
    await expect(management.overrideConcurrencyLimit(unlimited, 5)).rejects.toMatchObject(refusal);
    expect(await management.retrieve(unlimited)).toMatchObject({ paused: false, concurrencyLimit: null });
  });

  test("that a task does not use is not listed, and says where the runs of its task are", async () => {
    const own = { type: "task", name: "in-another-queue" } as const;
    expect(await management.retrieve(own)).toMatchObject({ isLimited: false });
    await expect(management.pause(own)).rejects.toThrow('The runs of its task are in the queue "only-paced".');
    for await (const { type, name } of management.list()) expect({ type, name }).not.toEqual(own);
  });

  test("is resumed and reset without effect", async () => {
    const same = { ...plain, name: "add", isLimited: false, concurrencyLimit: null };
    expect(await management.resume(unlimited)).toMatchObject(same);
    expect(await management.resetConcurrencyLimit(unlimited)).toMatchObject(same);
  });
});

test("a queue that is not here is refused with those that are near", async () => {
  const cases = [
    ["task", "desend", '"descend"'],
    ["custom", "two-at-onc", '"two-at-once"'],
    ["id", "two-at-once", '"queue_two-at-once"'],
    ["id", "queue_task~desend", '"queue_task~descend"'],
  ] as const;
  for (const [type, name, hint] of cases) {
    const asked = [
      call("GET", `/api/v1/queues/${name}?type=${type}`),
      call("POST", `/api/v1/queues/${name}/pause`, { body: { type, action: "pause" } }),
      call("POST", `/api/v1/queues/${name}/concurrency/override`, { body: { type, concurrencyLimit: 5 } }),
      call("POST", `/api/v1/queues/${name}/concurrency/reset`, { body: { type } }),
    ];
    for (const { status, body } of await Promise.all(asked)) {
      expect([status, body.code]).toEqual([404, "queue_not_found"]);
      expect(body.error).toContain(`Did you mean ${hint}`);
    }
  }
  for (const name of ["x".repeat(200), "no%20name", "%25", "queue_"]) {
    expect((await call("GET", `/api/v1/queues/${name}?type=custom`)).body.code).toBe("queue_not_found");
  }
});

test("what is no queue or no limit is refused before anything is asked", async () => {
  const untyped = management as unknown as Record<string, (...parameters: unknown[]) => Promise<unknown>>;
  for (const given of ["", undefined, null, 5, {}, { type: "task" }, { type: "id", name: "x" }]) {
    await expect(untyped["pause"]?.(given)).rejects.toThrow("Expected a queue");
  }
  for (const limit of [undefined, null, -1, 1.5, Number.NaN, "5", 100_001]) {
    await expect(untyped["overrideConcurrencyLimit"]?.(queues.paced, limit)).rejects.toThrow(
      "concurrencyLimit must be",
    );
  }
  expect(() => management.list({ perPage: 101 })).toThrow("perPage must be a whole number from 1 to 100");
});
