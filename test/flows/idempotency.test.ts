import { beforeAll, describe, expect, test } from "vitest";
import { batch, idempotencyKeys, runs, type RunHandle } from "../../sdk/index.ts";
import { cancelSharing, keyedBatch, keyedInside, keyedItems, shareChild, single } from "../support/tasks-keys.ts";
import { call, connect, finish, fresh, lines, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

describe("triggers with one idempotency key", () => {
  // Scenario 37.
  test("make one run, however many come at once", async () => {
    await using outside = new Outside();
    const key = fresh("key");
    const handles = await Promise.all(
      Array.from({ length: 50 }, () => single.trigger({ outside: outside.name }, { idempotencyKey: key })),
    );
    expect(new Set(handles.map(({ id }) => id)).size).toBe(1);
    expect(handles.filter(({ isCached }) => !isCached)).toHaveLength(1);
    expect(await outputOf(handles[0] as RunHandle)).toBe(handles[0]?.id);
    expect(outside.count("begun")).toBe(1);
  });

  test("get the run that has completed, whatever they bring along", async () => {
    await using outside = new Outside();
    const idempotencyKey = fresh("key");
    const first = await single.trigger({ outside: outside.name }, { idempotencyKey });
    await finish(first);
    const second = await single.trigger({ outside: outside.name, what: "other" }, { idempotencyKey });
    expect(second).toMatchObject({ id: first.id, isCached: true });
    expect(outside.count("other")).toBe(0);
  });

  test("of two tasks, or two keys, do not meet", async () => {
    await using outside = new Outside();
    const key = fresh("key");
    const payload = { outside: outside.name };
    const handles = [
      await single.trigger(payload, { idempotencyKey: key }),
      await single.trigger(payload, { idempotencyKey: [key, "2"] }),
      await keyedBatch.trigger(payload, { idempotencyKey: key }),
    ];
    expect(handles.map(({ isCached }) => isCached)).toEqual([false, false, false]);
    for (const handle of handles) await finish(handle);
  });

  test("make another run when the first one has failed, and again the one after that", async () => {
    await using outside = new Outside();
    outside.refuse("begun", 1);
    const options = { idempotencyKey: fresh("key") };
    const first = await single.trigger({ outside: outside.name }, options);
    expect((await finish(first)).status).toBe("FAILED");
    const second = await single.trigger({ outside: outside.name }, options);
    expect(second).toMatchObject({ isCached: false });
    expect(second.id).not.toBe(first.id);
    expect(await outputOf(second)).toBe(second.id);
    expect(await single.trigger({ outside: outside.name }, options)).toMatchObject({ id: second.id, isCached: true });
    expect((await runs.retrieve(first)).status).toBe("FAILED");
  });

  test("get a canceled run: that was somebody's will", async () => {
    await using outside = new Outside();
    const options = { idempotencyKey: fresh("key"), delay: "1h" };
    const first = await single.trigger({ outside: outside.name }, options);
    await runs.cancel(first);
    expect(await single.trigger({ outside: outside.name }, options)).toMatchObject({ id: first.id, isCached: true });
  });

  test("make another run when the time of the key is over", async () => {
    await using outside = new Outside();
    const options = { idempotencyKey: fresh("key"), idempotencyKeyTTL: "1s" };
    const first = await single.trigger({ outside: outside.name }, options);
    expect((await single.trigger({ outside: outside.name }, options)).id).toBe(first.id);
    const later = () => single.trigger({ outside: outside.name }, options);
    await expect.poll(async () => (await later()).id, { timeout: 5_000, interval: 200 }).not.toBe(first.id);
  });

  test("make another run when the key was reset", async () => {
    await using outside = new Outside();
    const key = fresh("key");
    const first = await single.trigger({ outside: outside.name }, { idempotencyKey: key });
    await idempotencyKeys.reset("single", key);
    const second = await single.trigger({ outside: outside.name }, { idempotencyKey: key });
    expect(second.isCached).toBe(false);
    expect(second.id).not.toBe(first.id);
    await expect(idempotencyKeys.reset("single", fresh("other"))).rejects.toMatchObject({
      status: 404,
      code: "key_not_held",
    });
  });

  test("are told by the run which key it has", async () => {
    await using outside = new Outside();
    const idempotencyKey = await idempotencyKeys.create(fresh("key"), { scope: "global" });
    const handle = await single.trigger({ outside: outside.name }, { idempotencyKey });
    expect((await runs.retrieve(handle)).idempotencyKey).toBe(idempotencyKey);
  });
});

describe("inside a task", () => {
  // Scenarios 8 and 9.
  test("two parents that wait with one key wait for one child, and both go on with its output", async () => {
    await using outside = new Outside();
    outside.hold("begun");
    const payload = { outside: outside.name, key: fresh("shared") };
    const parents = [await shareChild.trigger(payload), await shareChild.trigger(payload)];
    await outside.reached("begun");
    for (const parent of parents) {
      await expect.poll(async () => (await runs.retrieve(parent)).status, { timeout: 10_000 }).toBe("WAITING");
    }
    outside.release("begun");
    const [one, other] = await Promise.all(parents.map(outputOf));
    expect(one).toEqual(other);
    expect(outside.count("begun")).toBe(1);
    // Scenario 10: a third one comes too late to wait.
    expect(await outputOf(await shareChild.trigger(payload))).toEqual(one);
  });

  test("many parents may wait for one child", async () => {
    await using outside = new Outside();
    outside.hold("begun");
    const payload = { outside: outside.name, key: fresh("shared") };
    const { batchId } = await shareChild.batchTrigger(Array.from({ length: 40 }, () => ({ payload })));
    await outside.reached("begun");
    outside.release("begun");
    const { runs: ids } = await batch.retrieve(batchId);
    const outputs = await Promise.all(ids.map(outputOf));
    expect(new Set(outputs.map((output) => (output as { id: string }).id)).size).toBe(1);
    expect(outside.count("begun")).toBe(1);
  });

  // Scenario 11.
  test("a parent that waits for a run that fails is told so", async () => {
    await using outside = new Outside();
    outside.refuse("begun");
    const payload = { outside: outside.name, key: fresh("shared") };
    const result = await outputOf(await shareChild.trigger(payload));
    expect(result).toMatchObject({ error: '"begun" was refused' });
  });

  test("a key counts within its run, over replays and attempts", async () => {
    await using outside = new Outside();
    const one = (await outputOf(await keyedInside.trigger({ outside: outside.name }))) as {
      ids: string[];
      cached: boolean[];
    };
    expect(new Set(one.ids).size).toBe(1);
    expect(one.cached).toEqual([false, true]);
    expect(outside.count("begun")).toBe(1);
    await expect.poll(() => outside.count("per attempt"), { timeout: 10_000 }).toBe(2);
    const other = (await outputOf(await keyedInside.trigger({ outside: outside.name }))) as { ids: string[] };
    expect(other.ids[0]).not.toBe(one.ids[0]);
  });

  test("items of a batch have keys of their own", async () => {
    await using outside = new Outside();
    const key = fresh("item");
    const ids = (await outputOf(await keyedItems.trigger({ outside: outside.name, key }))) as string[];
    expect([ids[0] === ids[2], ids[0] === ids[1]]).toEqual([true, false]);
    expect(outside.count("begun")).toBe(2);
  });

  test("a batch that is waited for twice with one key is done once", async () => {
    await using outside = new Outside();
    const [first, second] = (await outputOf(await keyedBatch.trigger({ outside: outside.name }))) as string[][];
    expect(second).toEqual(first);
    expect(outside.count("begun")).toBe(2);
  });

  test("a parent that is canceled takes the child that it has made with it, and leaves one that it has found", async () => {
    await using outside = new Outside();
    outside.hold("shared");
    const made = { outside: outside.name, key: fresh("made") };
    const maker = await cancelSharing.trigger(made);
    await outside.reached("shared");
    const finder = await cancelSharing.trigger(made);
    await outside.reached("sharing", 2);
    await expect.poll(async () => (await runs.retrieve(finder)).status, { timeout: 10_000 }).toBe("WAITING");
    const idempotencyKey = await idempotencyKeys.create(made.key, { scope: "global" });
    const child = await single.trigger({ outside: outside.name, what: "shared" }, { idempotencyKey });
    expect(child.isCached).toBe(true);
    await runs.cancel(finder);
    expect((await runs.retrieve(child)).status).toBe("EXECUTING");
    await runs.cancel(maker);
    await expect.poll(async () => (await runs.retrieve(child)).status, { timeout: 10_000 }).toBe("CANCELED");
  });
});

describe("batches with one idempotency key", () => {
  test("are one batch, whose items are not sent again", async () => {
    await using outside = new Outside();
    const items = [{ payload: { outside: outside.name } }, { payload: { outside: outside.name } }];
    const options = { idempotencyKey: fresh("batch") };
    const first = await single.batchTrigger(items, options);
    const second = await single.batchTrigger(items, options);
    expect(second).toEqual(first);
    await expect.poll(async () => (await batch.retrieve(first)).status, { timeout: 10_000 }).toBe("COMPLETED");
    const { runs: ids } = await batch.retrieve(first);
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(await outputOf(id)).toBe(id);
    expect(outside.count("begun")).toBe(2);
  });

  test("over HTTP tell that they are cached once the first one is sealed", async () => {
    await using outside = new Outside();
    const body = { runCount: 1, idempotencyKey: fresh("batch"), idempotencyKeyTTL: "1h" };
    const create = async () => (await call("POST", "/api/v3/batches", { body })).body;
    const first = await create();
    expect(first["isCached"]).toBe(false);
    expect(await create()).toMatchObject({ id: first.id, isCached: false });
    const item = lines({ index: 0, task: "single", payload: { outside: outside.name } });
    const headers = { "content-type": "application/x-ndjson" };
    expect((await call("POST", `/api/v3/batches/${first.id}/items`, { body: item, headers })).status).toBe(200);
    expect(await create()).toMatchObject({ id: first.id, isCached: true });
  });
});

test.each<[string, object, string]>([
  ["an empty key", { idempotencyKey: "" }, "options.idempotencyKey"],
  ["a key that is too long", { idempotencyKey: "x".repeat(2049) }, "1-2048 characters"],
  ["a time that is none", { idempotencyKey: "k", idempotencyKeyTTL: "soon" }, "options.idempotencyKeyTTL"],
])("%s is refused", async (_, options, says) => {
  const { status, body } = await call("POST", "/api/v1/tasks/single/trigger", { body: { options } });
  expect([status, body.code]).toEqual([400, "invalid_option"]);
  expect(body.error).toContain(says);
});
