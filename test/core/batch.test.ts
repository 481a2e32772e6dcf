import { describe, expect, test } from "vitest";
import { batchStatus, SEAL_WITHIN_MS, transitionBatch, type Batch, type BatchEvent } from "../../worker/core/batch.ts";
import { aBatch, BATCH_EVENTS, BORN, takenByBatch } from "../support/run-records.ts";

const NOW = BORN + 1_000;
const WAITER = { n: "p" };
const SEALED: BatchEvent = { type: "sealed" };
const CANCELED: BatchEvent = { type: "canceled" };
const received = (items: number, refused = 0, done = refused): BatchEvent => ({
  type: "received",
  items,
  refused,
  done,
});
const finished = (items: number): BatchEvent => ({ type: "finished", items });
const due = (unclaimed: boolean): BatchEvent => ({ type: "due", unclaimed });

const full = (fields: Partial<Batch> = {}) => aBatch({ received: 3, waiter: WAITER, ...fields });
const running = (fields: Partial<Batch> = {}) => full({ state: { at: "running", sends: 0, due: NOW }, ...fields });
const final = (fields: Partial<Batch> = {}) =>
  full({ done: 3, state: { at: "final", status: "COMPLETED" }, ...fields });

describe("an open batch", () => {
  test("counts what arrives, and starts nothing of it", () => {
    const once = takenByBatch(transitionBatch(aBatch(), received(1), NOW));
    const twice = takenByBatch(transitionBatch(once.batch, received(2, 1, 1), NOW));
    expect(twice.batch).toMatchObject({ received: 3, refused: 1, done: 1, state: { at: "open" } });
    expect([...once.effects, ...twice.effects]).toEqual([]);
  });

  test("cannot be sealed while items are missing", () => {
    expect(transitionBatch(aBatch({ received: 2 }), SEALED, NOW)).toEqual({ ignored: "incomplete" });
  });

  test("starts its items when it is sealed", () => {
    const { batch, effects } = takenByBatch(transitionBatch(full(), SEALED, NOW));
    expect(batch.state).toEqual({ at: "running", sends: 0, due: NOW + 15_000 });
    expect(effects).toEqual([{ type: "start-items" }]);
  });

  test("is final at the seal when every item is done by then, and tells its waiter", () => {
    const { batch, effects } = takenByBatch(transitionBatch(full({ done: 3, refused: 1 }), SEALED, NOW));
    expect(batch).toMatchObject({ state: { at: "final", status: "PARTIAL_FAILED" }, finishedAt: NOW });
    expect(effects).toEqual([{ type: "settle", waiter: WAITER }]);
  });

  test("does not end before the seal, however many items are done", () => {
    const { batch, effects } = takenByBatch(transitionBatch(full({ done: 2 }), finished(1), NOW));
    expect(batch.state.at).toBe("open");
    expect(effects).toEqual([]);
  });

  test("is given up when it was not sealed in time: nothing starts, and the waiter is told", () => {
    const open = aBatch({ received: 2, waiter: WAITER });
    expect(transitionBatch(open, due(true), BORN + SEAL_WITHIN_MS - 1)).toEqual({ ignored: "early" });
    const { batch, effects } = takenByBatch(transitionBatch(open, due(true), BORN + SEAL_WITHIN_MS));
    expect(batch).toMatchObject({
      finishedAt: BORN + SEAL_WITHIN_MS,
      state: {
        at: "final",
        status: "ABORTED",
        error: {
          name: "BatchNotSealedError",
          message: expect.stringContaining("within 30 minutes: 2 of 3 items arrived"),
        },
      },
    });
    expect(effects).toEqual([{ type: "cancel-items" }, { type: "settle", waiter: WAITER }]);
  });

  test("is canceled with its items", () => {
    const { batch, effects } = takenByBatch(transitionBatch(full(), CANCELED, NOW));
    expect(batch.state).toMatchObject({ at: "final", status: "ABORTED", error: { name: "BatchCanceledError" } });
    expect(effects).toEqual([{ type: "cancel-items" }, { type: "settle", waiter: WAITER }]);
  });
});

describe("a running batch", () => {
  test("takes no items and no second seal", () => {
    expect(transitionBatch(running(), received(1), NOW)).toEqual({ ignored: "sealed" });
    expect(transitionBatch(running(), SEALED, NOW)).toEqual({ ignored: "sealed" });
  });

  test("counts what finishes, and ends with the last item", () => {
    const two = takenByBatch(transitionBatch(running(), finished(2), NOW));
    expect(two).toMatchObject({ batch: { done: 2, state: { at: "running" } }, effects: [] });
    const three = takenByBatch(transitionBatch(two.batch, finished(1), NOW + 1));
    expect(three.batch).toMatchObject({ done: 3, finishedAt: NOW + 1, state: { at: "final", status: "COMPLETED" } });
    expect(three.effects).toEqual([{ type: "settle", waiter: WAITER }]);
  });

  test("tells nobody when nobody waits", () => {
    const { waiter: _, ...alone } = running({ done: 2 });
    expect(takenByBatch(transitionBatch(alone, finished(1), NOW)).effects).toEqual([]);
  });

  test.each([
    [0, "COMPLETED"],
    [1, "PARTIAL_FAILED"],
    [2, "PARTIAL_FAILED"],
    [3, "ABORTED"],
  ])("ends with %i of 3 items refused as %s", (refused, status) => {
    const { batch } = takenByBatch(transitionBatch(running({ done: 2, refused }), finished(1), NOW));
    expect(batch.state).toEqual({ at: "final", status });
  });

  test("has its items dispatched again while some are unclaimed, later each time (4)", () => {
    const once = takenByBatch(transitionBatch(running(), due(true), NOW));
    expect(once.effects).toEqual([{ type: "start-items" }]);
    expect(once.batch.state).toEqual({ at: "running", sends: 1, due: NOW + 30_000 });
    expect(takenByBatch(transitionBatch(once.batch, due(true), NOW + 30_000)).batch.state).toEqual({
      at: "running",
      sends: 2,
      due: NOW + 90_000,
    });
  });

  test("is left alone once every item was claimed", () => {
    const { batch, effects } = takenByBatch(transitionBatch(running(), due(false), NOW));
    expect(effects).toEqual([]);
    expect(batch.state).toEqual({ at: "running", sends: 0 });
    expect(transitionBatch(batch, due(true), NOW * 2)).toEqual({ ignored: "out of place" });
  });

  test("is not due before its time", () => {
    expect(transitionBatch(running(), due(true), NOW - 1)).toEqual({ ignored: "early" });
  });

  test("is canceled with its items, and tells its waiter once (2)", () => {
    const { batch, effects } = takenByBatch(transitionBatch(running({ done: 1 }), CANCELED, NOW));
    expect(batch.state).toMatchObject({ at: "final", status: "ABORTED" });
    expect(effects).toEqual([{ type: "cancel-items" }, { type: "settle", waiter: WAITER }]);
    expect(transitionBatch(batch, finished(2), NOW)).toEqual({ ignored: "final" });
  });
});

describe("a final batch", () => {
  test.each(["COMPLETED", "PARTIAL_FAILED", "ABORTED"] as const)("never changes again once it is %s (1)", (status) => {
    for (const event of BATCH_EVENTS) {
      expect(transitionBatch(final({ state: { at: "final", status } }), event, NOW * 2)).toEqual({ ignored: "final" });
    }
  });
});

describe("updatedAt", () => {
  test("grows with every change, even when the clock stands still", () => {
    const at = (batch: Batch, event: BatchEvent) => takenByBatch(transitionBatch(batch, event, NOW)).batch;
    const first = at(aBatch({ received: 2, updatedAt: NOW + 3 }), received(1));
    const second = at(first, SEALED);
    const third = at(second, finished(1));
    expect([first.updatedAt, second.updatedAt, third.updatedAt]).toEqual([NOW + 4, NOW + 5, NOW + 6]);
    expect(at(third, CANCELED).updatedAt).toBe(NOW + 7);
  });
});

describe("batchStatus", () => {
  test("shows the wire where a batch is", () => {
    expect([aBatch(), running(), final()].map(batchStatus)).toEqual(["PENDING", "PROCESSING", "COMPLETED"]);
    expect(batchStatus(final({ state: { at: "final", status: "ABORTED" } }))).toBe("ABORTED");
  });
});
