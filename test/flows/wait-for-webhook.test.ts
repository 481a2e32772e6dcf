import { beforeAll, describe, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { askForPayment, awaitMany, awaitOrder, awaitPayments, insistOnPayment } from "../support/tasks-webhooks.ts";
import { connect, finish, fresh, outputOf } from "./api.ts";
import { sendOrder, type Taken } from "./webhook-calls.ts";

beforeAll(connect);

const pay = (order: string, total: number): Promise<Taken> =>
  sendOrder({ body: { type: "paid", id: order, total } }, "payments");

const waiting = (id: string) =>
  expect.poll(async () => (await runs.retrieve(id)).status, { timeout: 20_000, interval: 20 }).toBe("WAITING");

describe("a wait for a webhook", () => {
  test("goes on with the event that fits, and with no other", async () => {
    const order = fresh("order");
    const { id } = await awaitPayments.trigger({ order });
    await waiting(id);
    await pay(fresh("order"), 1);
    await sendOrder({ body: { type: "created", id: order } }, "payments");
    const fitting = await pay(order, 2);
    expect(await outputOf(id)).toEqual([`${fitting.id} 2`]);
  });

  test("is given an event that came just before it began", async () => {
    const order = fresh("order");
    const early = await pay(order, 3);
    expect(await outputOf(await awaitPayments.trigger({ order }))).toEqual([`${early.id} 3`]);
  });

  test("is not given the event of a wait before it, also when its provider repeats it", async () => {
    const order = fresh("order");
    const deliveryId = fresh("delivery");
    const first = { body: { type: "paid", id: order, total: 4 }, deliveryId };
    const { id: given } = await sendOrder(first, "payments");
    const { id } = await awaitPayments.trigger({ order, times: 2 });
    await waiting(id);
    expect(await sendOrder(first, "payments")).toMatchObject({ id: given, isRepeat: true });
    const second = await pay(order, 5);
    expect(await outputOf(id)).toEqual([`${given} 4`, `${second.id} 5`]);
  });

  test("of each run that waits for it is over with one event", async () => {
    const order = fresh("order");
    const handles = await Promise.all([1, 2, 3].map(() => awaitPayments.trigger({ order })));
    await Promise.all(handles.map(({ id }) => waiting(id)));
    const { id } = await pay(order, 6);
    for (const handle of handles) expect(await outputOf(handle)).toEqual([`${id} 6`]);
  });

  test("tells that nothing came in time", async () => {
    expect(await outputOf(await awaitPayments.trigger({ order: fresh("order"), timeout: "1s" }))).toEqual([
      "WaitpointTimeoutError",
    ]);
  });

  test("in vain is tried anew by the next attempt", async () => {
    const order = fresh("order");
    const { id } = await insistOnPayment.trigger({ order });
    const isAgain = async () => {
      const { attemptCount, status } = await runs.retrieve(id);
      return `${attemptCount} ${status}`;
    };
    await expect.poll(isAgain, { timeout: 20_000, interval: 20 }).toBe("2 WAITING");
    await pay(order, 8);
    expect(await outputOf(id)).toBe(8);
  });

  test("stands beside others, in any order, and in races", async () => {
    const [first, second] = [fresh("order"), fresh("order")];
    const { id } = await awaitMany.trigger({ orders: [first, second, first] });
    await waiting(id);
    await pay(second, 2);
    await pay(first, 1);
    await pay(first, 3);
    const { totals, late } = (await outputOf(id)) as { totals: number[]; late: string };
    expect([totals[1], new Set([totals[0], totals[2]]), late]).toEqual([2, new Set([1, 3]), "nobody came"]);
  });

  test.each([false, true])(
    "that has lost a race takes no event from the next wait, one wait for all: %j",
    async (isOne) => {
      const order = fresh("order");
      const { id } = await askForPayment.trigger({ order, isOne });
      const state = async () => {
        const { status, metadata } = await runs.retrieve(id);
        return [status, metadata?.["lost"]];
      };
      await expect.poll(state, { timeout: 20_000, interval: 20 }).toEqual(["WAITING", 1]);
      await pay(order, 8);
      expect(await outputOf(id)).toBe("2 8");
    },
  );

  test("that was canceled takes nothing from others", async () => {
    const order = fresh("order");
    const [gone, stays] = [await awaitPayments.trigger({ order }), await awaitPayments.trigger({ order })];
    await Promise.all([gone, stays].map(({ id }) => waiting(id)));
    await runs.cancel(gone);
    const { id } = await pay(order, 7);
    expect(await outputOf(stays)).toEqual([`${id} 7`]);
    expect((await finish(gone)).status).toBe("CANCELED");
  });

  test("is refused where the endpoint keeps nothing, and for what is no match", async () => {
    const { error } = await finish(await awaitOrder.trigger({}));
    expect(error?.message).toContain('waitWindow: "10m"');
    const tooMany = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`p${i}`, 1])) as Record<string, never>;
    expect((await finish(await awaitOrder.trigger({ match: tooMany }))).error?.message).toContain("up to 5 places");
    const notSimple = { "a.b": {} } as unknown as Record<string, never>;
    expect((await finish(await awaitOrder.trigger({ match: notSimple }))).error?.message).toContain("a.b");
  });
});
