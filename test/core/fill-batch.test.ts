import { expect, test } from "vitest";
import { createBatch, fillBatch, openBatch, sealBatch } from "../../worker/engine/fill-batch.ts";
import { EngineGroup, far } from "../support/engine-group.ts";

const PAYLOAD = { data: "1", type: "application/json" } as const;
const item = (index: number) => ({ index, task: "t", payload: PAYLOAD, options: { tags: [], maxAttempts: 1 } });

function opened(runCount: number) {
  const group = new EngineGroup();
  group.turn((turn) => openBatch(turn, { n: "b", runCount }));
  const fill = (...indexes: number[]) =>
    group.turn((turn) => fillBatch(turn, "b", indexes.map(item), "batchTrigger", far));
  const seal = () => group.turn((turn) => sealBatch(turn, "b"));
  return { group, fill, seal };
}

test("an item that comes twice, in one call or in two, is one; also when the batch is sealed", () => {
  const { fill, seal } = opened(2);
  expect(fill(0, 0)).toEqual({ accepted: 1, deduplicated: 1 });
  expect(seal()).toBe(false);
  expect(fill(0, 1)).toEqual({ accepted: 1, deduplicated: 1 });
  expect(seal()).toBe(true);
  expect(fill(0, 1)).toEqual({ accepted: 0, deduplicated: 2 });
});

test("an item beyond the number that was announced is refused, and nothing of its call is kept", () => {
  const { group, fill } = opened(2);
  expect(() => fill(0, 2)).toThrow("index 2 is out of range");
  expect(group.turn((turn) => turn.batch("b")?.received)).toBe(0);
});

test("a batch that was given up takes no items and is not sealed", () => {
  const { group, fill, seal } = opened(1);
  group.turn((turn) => turn.applyToBatch("b", { type: "canceled" }));
  expect(() => fill(0)).toThrow("The batch takes no items");
  expect(seal()).toBe(false);
});

test("a batch that opens with a key takes its items from whoever has them, and is a cached one once it is sealed", () => {
  const group = new EngineGroup();
  const create = (request: string) =>
    group.turn((turn) => createBatch(turn, { n: "b", runCount: 1, keyed: { idempotencyKey: "key", request } }));
  expect(create("a")).toEqual({ n: "b", runCount: 1, isCached: false });
  expect(create("b")).toEqual({ n: "b", runCount: 1, isCached: false });
  group.turn((turn) => {
    fillBatch(turn, "b", [item(0)], "batchTrigger", far);
    sealBatch(turn, "b");
  });
  expect(create("b")).toEqual({ n: "b", runCount: 1, isCached: true });
  expect(create("a")).toEqual({ n: "b", runCount: 1, isCached: false });
});
