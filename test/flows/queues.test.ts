import { beforeAll, describe, expect, test } from "vitest";
import { batch, runs, wait } from "../../sdk/index.ts";
import { add } from "../support/tasks-runs.ts";
import { begin } from "../support/tasks-time.ts";
import { descend, enter, layOver, queues, stay } from "../support/tasks-queues.ts";
import { call, connect, finish, fresh, lines, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

const SOON = { timeout: 10_000 };

beforeAll(connect);

/** Resolves when the platform has done something else meanwhile, from end to end: what could have started has. */
const elsewhere = async () => outputOf(await add.trigger({ a: 1, b: 2 }));

/** The most that were between their begin and their end at once. */
function most({ told }: Outside): number {
  let now = 0;
  return Math.max(...told.map(({ what }) => (now += what === "begin" ? 1 : -1)));
}

describe("a queue with a limit", () => {
  // Scenario 38.
  test("never has more than so many of its runs executing, and executes all of them", async () => {
    await using outside = new Outside();
    outside.hold("begin");
    const { batchId } = await stay.batchTrigger(
      Array.from({ length: 6 }, () => ({ payload: { outside: outside.name }, options: { queue: queues.two } })),
    );
    await outside.reached("begin", 2);
    await elsewhere();
    expect(outside.count("begin")).toBe(2);
    const statuses = async () => (await runs.list({ batch: batchId })).data.map(({ status }) => status).sort();
    await expect
      .poll(statuses, SOON)
      .toEqual([...Array<string>(2).fill("EXECUTING"), ...Array<string>(4).fill("QUEUED")]);
    outside.release("begin");
    await outside.reached("end", 6);
    expect(most(outside)).toBe(2);
  });

  // Scenario 30. The unit is a second, and 500 ms half of one.
  test("starts runs in the order of their time less their priority", async () => {
    await using outside = new Outside();
    outside.hold("first");
    const first = await enter.trigger({ outside: outside.name, what: "first" }, { queue: queues.ordered });
    await outside.reached("first");
    const priorities = [undefined, 0.5, -1.2, 1, 4];
    await enter.batchTrigger(
      priorities.map((priority, index) => ({
        payload: { outside: outside.name, what: String(index) },
        options: { queue: queues.ordered, priority },
      })),
    );
    outside.release("first");
    await finish(first);
    await outside.reached("2");
    expect(outside.told.map(({ what }) => what)).toEqual(["first", "4", "3", "1", "0", "2"]);
  });

  test("has a limit for each key", async () => {
    await using outside = new Outside();
    outside.hold("of a", "of b");
    const [a, b] = [fresh("a"), fresh("b")];
    const trigger = (what: string, concurrencyKey: string) =>
      enter.trigger({ outside: outside.name, what }, { queue: queues.perKey, concurrencyKey });
    const first = await trigger("of a", a);
    const second = await trigger("next of a", a);
    const other = await trigger("of b", b);
    await outside.reached("of a");
    await outside.reached("of b");
    await elsewhere();
    expect(outside.tally).toEqual({ "of a": 1, "of b": 1 });
    outside.release("of b");
    expect(await outputOf(other)).toEqual({ name: "one-per-key", concurrencyKey: b });
    await elsewhere();
    expect(outside.count("next of a")).toBe(0);
    outside.release("of a");
    expect(await outputOf(first)).toEqual({ name: "one-per-key", concurrencyKey: a });
    await outputOf(second);
  });

  // Scenario 38: a big tenant does not starve a small one.
  test("lets keys take turns, however many runs of one of them wait", async () => {
    await using outside = new Outside();
    outside.hold("first");
    const options = (concurrencyKey: string) => ({ queue: queues.fair, concurrencyKey });
    const item = (what: string, key: string) => ({ payload: { outside: outside.name, what }, options: options(key) });
    await enter.trigger({ outside: outside.name, what: "first" }, options("big"));
    await outside.reached("first");
    await enter.batchTrigger(Array.from({ length: 20 }, () => item("big", "big")));
    await enter.batchTrigger([item("small", "small"), item("small", "small")]);
    await elsewhere();
    outside.release("first");
    await outside.reached("big", 20);
    const order = outside.told.map(({ what }) => what);
    expect(order.lastIndexOf("small")).toBeLessThanOrEqual(5);
    expect(order).toHaveLength(23);
  });

  test("has a limit for each key and one for all together", async () => {
    await using outside = new Outside();
    const keys = ["a", "b", "c"].map(fresh);
    outside.hold(...keys);
    const items = keys.flatMap((key) =>
      Array.from({ length: 3 }, () => ({
        payload: { outside: outside.name, what: key },
        options: { queue: queues.both, concurrencyKey: key },
      })),
    );
    await enter.batchTrigger(items);
    const begun = () => keys.map((key) => outside.count(key)).reduce((a, b) => a + b);
    await expect.poll(begun, SOON).toBe(3);
    await elsewhere();
    expect(begun()).toBe(3);
    expect(Math.max(...keys.map((key) => outside.count(key)))).toBeLessThanOrEqual(2);
    outside.release(...keys);
    await expect.poll(begun, SOON).toBe(9);
  });

  test("is that of a task by itself: a parent gives its slot back to the children it waits for", async () => {
    await using outside = new Outside();
    const handle = await descend.trigger({ outside: outside.name, depth: 3 });
    expect(await outputOf(handle)).toBe(15);
    expect(most(outside)).toBe(1);
  });
});

test("a batch of a hundred goes through a limited queue", async () => {
  await using outside = new Outside();
  const { batchId } = await batch.triggerByTask(
    Array.from({ length: 100 }, () => ({
      task: stay,
      payload: { outside: outside.name },
      options: { queue: queues.batched },
    })),
  );
  await outside.reached("end", 100);
  expect(most(outside)).toBe(3);
  await expect.poll(async () => (await batch.retrieve(batchId)).status, SOON).toBe("COMPLETED");
});

describe("a limit on runs in flight", () => {
  test("counts those that wait, unlike one on runs that execute", async () => {
    await using outside = new Outside();
    const token = await wait.createToken({ timeout: "1h" });
    const send = (what: string, name: "inFlight" | "executing") =>
      layOver.trigger({ outside: outside.name, what, token: token.id }, { queue: queues[name] });
    const inFlight = await Promise.all(["a", "b", "c"].map((what) => send(`flies ${what}`, "inFlight")));
    const executing = await Promise.all(["a", "b", "c"].map((what) => send(`runs ${what}`, "executing")));
    const status = async (handles: readonly { readonly id: string }[]) =>
      (await Promise.all(handles.map(async (handle) => (await runs.retrieve(handle)).status))).sort();
    await expect.poll(() => status(executing), SOON).toEqual(["WAITING", "WAITING", "WAITING"]);
    await expect.poll(() => status(inFlight), SOON).toEqual(["QUEUED", "WAITING", "WAITING"]);
    await elsewhere();
    expect(await status(inFlight)).toEqual(["QUEUED", "WAITING", "WAITING"]);
    await wait.completeToken(token);
    await Promise.all([...inFlight, ...executing].map(outputOf));
  });
});

describe("a rate limit", () => {
  /** When runs were triggered, the first of them, and when each began, in order. A slot may be used later than it is given. */
  const startsOf = async (handles: readonly { readonly id: string }[]) => {
    const ended = await Promise.all(handles.map(finish));
    const since = Math.min(...ended.map(({ createdAt }) => Number(createdAt)));
    return { since, starts: ended.map(({ startedAt }) => Number(startedAt)).sort((a, b) => a - b) };
  };

  test("lets no more than so many begin in any stretch of its period, and drops none", async () => {
    await using outside = new Outside();
    const { batchId } = await begin.batchTrigger(
      Array.from({ length: 8 }, () => ({ payload: { outside: outside.name }, options: { queue: queues.rated } })),
    );
    await outside.reached("begun", 8);
    await expect.poll(async () => (await runs.list({ batch: batchId })).data, SOON).toHaveLength(8);
    const { since, starts } = await startsOf((await runs.list({ batch: batchId })).data);
    // The fourth begins a second after the first at the earliest, the seventh two seconds.
    for (const [i, at] of starts.entries()) expect(at).toBeGreaterThanOrEqual(since + Math.floor(i / 3) * 1_000);
  });

  test("can be for each key", async () => {
    await using outside = new Outside();
    const trigger = (concurrencyKey: string) =>
      begin.trigger({ outside: outside.name }, { queue: queues.ratedPerKey, concurrencyKey });
    const [a, b] = [fresh("a"), fresh("b")];
    const ofA = [await trigger(a), await trigger(a), await trigger(a)];
    const ofB = [await trigger(b)];
    const [{ since, starts }, { starts: startsB }] = [await startsOf(ofA), await startsOf(ofB)];
    for (const [i, at] of starts.entries()) expect(at).toBeGreaterThanOrEqual(since + i * 1_000);
    expect(startsB[0]).toBeLessThan(Number(starts[2]));
  });
});

describe("what a trigger says of queues", () => {
  test("is refused with near matches when there is no such queue, and fails an item of a batch", async () => {
    for (const queue of ["two-at-onc", { name: "two-at-onc" }]) {
      const { status, body } = await call("POST", "/api/v1/tasks/enter/trigger", { body: { options: { queue } } });
      expect([status, body.code]).toEqual([400, "unknown_queue"]);
      expect(body.error).toContain('Did you mean "two-at-once"?');
    }
    const { body: opened } = await call("POST", "/api/v3/batches", { body: { runCount: 2 } });
    await call("POST", `/api/v3/batches/${opened.id}/items`, {
      body: lines(
        { index: 0, task: "enter", options: { queue: { name: "none-such" } } },
        { index: 1, task: "add", payload: '{"a":1,"b":2}' },
      ),
      headers: { "content-type": "application/x-ndjson" },
    });
    await expect.poll(async () => (await batch.retrieve(opened.id)).status, SOON).toBe("PARTIAL_FAILED");
    expect((await batch.retrieve(opened.id)).processing.errors).toEqual([
      expect.objectContaining({ index: 0, error: expect.stringContaining('"none-such"') }),
    ]);
  });

  test.each([
    ["queue", 5],
    ["queue", ""],
    ["queue", {}],
    ["queue", { name: "x".repeat(129) }],
    ["concurrencyKey", ""],
    ["concurrencyKey", "x".repeat(257)],
    ["concurrencyKey", {}],
  ])("is refused by name when it is malformed: %s %j", async (option, value) => {
    const { status, body } = await call("POST", "/api/v1/tasks/enter/trigger", {
      body: { options: { [option]: value } },
    });
    expect(status).toBe(400);
    expect(body.error).toContain(option);
  });

  test("can be the queue of another task, and a key without limits has no effect", async () => {
    expect(await runs.poll(await add.trigger({ a: 1, b: 2 }, { queue: "task/echo", concurrencyKey: 5 }))).toMatchObject(
      {
        status: "COMPLETED",
      },
    );
  });
});
