import { expect, test } from "vitest";
import { tellWaiters } from "../../worker/engine/desk-turn.ts";
import type { DeskStore } from "../../worker/storage/desk-store.ts";

test("what a desk owes is due within a minute from the turn that makes it, should nobody live to pay it at once", () => {
  const kept: { readonly expires: number; readonly due: number }[] = [];
  const store = {
    hasRecent: () => false,
    insertRecent: () => undefined,
    shapes: () => ["[]"],
    waiters: () => [{ token: "waitpoint_1", run: "run_1" }],
    hasGiven: () => false,
    deleteWaiter: () => undefined,
    insertDebt: (_: unknown, expires: number, due: number) => kept.push({ expires, due }),
  } as unknown as DeskStore;
  const delivery = { id: "whd_1", at: 1_000, windowMs: 1_000, body: '{"event":1}' };
  expect(tellWaiters(store, delivery, 5_000)).toMatchObject([{ token: "waitpoint_1", delivery: "whd_1" }]);
  expect(kept).toHaveLength(1);
  expect(kept[0]?.due).toBeGreaterThanOrEqual(5_000);
  expect(kept[0]?.due).toBeLessThanOrEqual(65_000);
});
