import { beforeAll, describe, expect, test } from "vitest";
import { runs, wait } from "../../sdk/index.ts";
import { add } from "../support/tasks-runs.ts";
import { enter, layOver, queues, stumble } from "../support/tasks-queues.ts";
import { connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

const SOON = { timeout: 10_000 };

beforeAll(connect);

/** Resolves when the platform has done something else meanwhile, from end to end: what could have started has. */
const elsewhere = async () => outputOf(await add.trigger({ a: 1, b: 2 }));

describe("a slot", () => {
  const one = { queue: queues.one };

  // Scenario 34.
  test("is given back during a wait, and got again before the run goes on", async () => {
    await using outside = new Outside();
    const concurrencyKey = fresh("key");
    const options = { ...one, concurrencyKey };
    const token = await wait.createToken({ timeout: "1h" });
    outside.hold("next");
    const waiting = await layOver.trigger({ outside: outside.name, what: "waits", token: token.id }, options);
    await outside.reached("waits");
    const next = await enter.trigger({ outside: outside.name, what: "next" }, options);
    await outside.reached("next");
    await wait.completeToken(token, "on");
    await expect.poll(async () => (await runs.retrieve(waiting)).status, SOON).toBe("QUEUED");
    await elsewhere();
    expect(outside.count("waits again")).toBe(0);
    outside.release("next");
    await outputOf(next);
    await outputOf(waiting);
    expect(outside.tally).toEqual({ waits: 2, next: 1, "waits again": 1 });
  });

  // Scenario 24.
  test("of a run that is canceled goes to the next, once its code has ended", async () => {
    await using outside = new Outside();
    const options = { ...one, concurrencyKey: fresh("key") };
    outside.hold("executes", "goes on");
    const executing = await enter.trigger({ outside: outside.name, what: "executes" }, options);
    const queued = await enter.trigger({ outside: outside.name, what: "never" }, options);
    const last = await enter.trigger({ outside: outside.name, what: "last" }, options);
    await outside.reached("executes");
    await runs.cancel(queued);
    expect(await finish(queued)).toMatchObject({ status: "CANCELED", attemptCount: 0 });
    await runs.cancel(executing);
    await outputOf(last);
    expect(outside.tally).toEqual({ executes: 1, last: 1 });
  });

  // Scenario 28.
  test("is not waited for beyond a run's time to live", async () => {
    await using outside = new Outside();
    const options = { ...one, concurrencyKey: fresh("key") };
    outside.hold("executes");
    const executing = await enter.trigger({ outside: outside.name, what: "executes" }, options);
    await outside.reached("executes");
    const late = await enter.trigger({ outside: outside.name, what: "late" }, { ...options, ttl: 1 });
    const last = await enter.trigger({ outside: outside.name, what: "last" }, options);
    expect(await finish(late)).toMatchObject({ status: "EXPIRED", attemptCount: 0 });
    outside.release("executes");
    await Promise.all([outputOf(executing), outputOf(last)]);
    expect(outside.count("late")).toBe(0);
  });

  test("is given back between attempts", async () => {
    await using outside = new Outside();
    const options = { ...one, concurrencyKey: fresh("key") };
    outside.hold("between");
    const failing = await stumble.trigger({ outside: outside.name, what: "stumbles" }, options);
    const between = await enter.trigger({ outside: outside.name, what: "between" }, options);
    await outside.reached("between");
    await elsewhere();
    expect(outside.tally).toEqual({ "stumbles 1": 1, between: 1 });
    outside.release("between");
    await Promise.all([outputOf(failing), outputOf(between)]);
    expect(outside.count("stumbles 2")).toBe(1);
  });

  test("is waited for after a delay, by debounced and replayed runs, and by those with keys", async () => {
    await using outside = new Outside();
    const options = { ...one, concurrencyKey: fresh("key") };
    outside.hold("executes");
    const payload = { outside: outside.name, what: "next" };
    const executing = await enter.trigger({ outside: outside.name, what: "executes" }, options);
    await outside.reached("executes");
    const delayed = await enter.trigger(payload, { ...options, delay: "1s" });
    const pushed = await enter.trigger(payload, { ...options, debounce: { key: fresh("push"), delay: "1s" } });
    const key = fresh("once");
    const keyed = await enter.trigger(payload, { ...options, idempotencyKey: key });
    expect(await enter.trigger(payload, { ...options, idempotencyKey: key })).toMatchObject({ id: keyed.id });
    const waiting = [delayed, pushed, keyed];
    for (const handle of waiting) {
      await expect.poll(async () => (await runs.retrieve(handle)).status, SOON).toBe("QUEUED");
    }
    const replayed = await runs.replay(executing.id, { payload });
    await elsewhere();
    expect(outside.tally).toEqual({ executes: 1 });
    outside.release("executes");
    const others = [...waiting, { id: replayed.id }];
    expect(await Promise.all(others.map(outputOf))).toEqual(
      others.map(() => ({ name: "one-at-once", concurrencyKey: options.concurrencyKey })),
    );
    expect(outside.tally).toEqual({ executes: 1, next: 4 });
  });
});
