import { expect, test } from "vitest";
import { isForWaiters } from "../../worker/core/webhook-delivery.ts";
import { tellWaiters } from "../../worker/engine/desk-turn.ts";
import type { DeskStore } from "../../worker/storage/desk-store.ts";

test("what a desk owes is due within a minute from the turn that makes it, should nobody live to pay it at once", () => {
  const dues: number[] = [];
  const store = {
    hasRecent: () => false,
    insertRecent: () => undefined,
    shapes: () => ["[]"],
    waiters: () => [{ token: "waitpoint_1", run: "run_1", at: 1 }],
    hasGiven: () => false,
    serveWaiter: () => undefined,
    insertGiven: () => undefined,
    insertDebt: (_: unknown, due: number) => dues.push(due),
  } as unknown as DeskStore;
  const delivery = { id: "whd_1", at: 1_000, windowMs: 1_000, body: '{"event":1}' };
  const { debts, dueAt } = tellWaiters(store, delivery, 5_000);
  expect(debts).toMatchObject([{ token: "waitpoint_1", delivery: "whd_1" }]);
  expect(dues).toEqual([dueAt]);
  expect(dueAt).toBeGreaterThanOrEqual(5_000);
  expect(dueAt).toBeLessThanOrEqual(65_000);
});

test("who waits is told of a repeat only as long as it may be that they were not told before", () => {
  const [at, minute] = [1_000_000, 60_000];
  const isTold = (isRepeat: boolean, windowMs: number, later: number) =>
    isForWaiters({ isRepeat, at }, windowMs, at + later);
  expect([
    isTold(false, minute, 1e9),
    isTold(true, minute, 10 * minute),
    isTold(true, minute, 10 * minute + 1),
  ]).toEqual([true, true, false]);
  expect([isTold(true, 60 * minute, 60 * minute), isTold(true, 60 * minute, 60 * minute + 1)]).toEqual([true, false]);
});
