import { expect, test } from "vitest";
import { newBulk } from "../../worker/core/bulk.ts";
import { BulkStore } from "../../worker/storage/bulk-store.ts";
import { HeldBulk } from "../support/held-bulk.ts";

const run = (id: string) => ({ createdAt: 1, id });

/** Uses the store of an object that was never written to, with as many pages of two runs. */
function withPages<T>(pages: number, use: (store: BulkStore) => T): Promise<T> {
  return new HeldBulk().inside((_, { storage }) => {
    const store = new BulkStore(storage.sql);
    const ids = Array.from({ length: pages }, (_, i) => [`a${i}`, `b${i}`]);
    store.create(newBulk({ verb: "cancel", given: { runs: 2 * pages, pages } }, 1), undefined, ids);
    return use(store);
  });
}

test("what the index is owed of many pages is given in parts, and none is forgotten", async () => {
  const parts = await withPages(25, (store) => {
    for (let i = 0; i < 25; i += 1) store.leave(i, [], [run(`a${i}`), run(`b${i}`)]);
    const told: (readonly [runs: number, isAll: boolean])[] = [];
    for (let isAll = false; !isAll;) {
      const owed = store.owed();
      isAll = owed.isAll;
      told.push([owed.runs.length, isAll]);
      store.paid(owed.pages);
    }
    return [told, store.owed().runs, store.page()];
  });
  expect(parts).toEqual([
    [
      [40, false],
      [10, true],
    ],
    [],
    undefined,
  ]);
});

test("a page of which some is left is next again, and what it owes adds up", async () => {
  const seen = await withPages(2, (store) => {
    store.leave(0, ["b0"], [run("a0")]);
    const again = store.page();
    store.paid(store.owed().pages);
    const kept = store.page();
    store.leave(0, ["b0"], []);
    store.leave(0, [], [run("b0")]);
    return [again, kept, store.page(), store.owed()];
  });
  const left = { i: 0, ids: ["b0"] };
  const owed = { pages: [0], runs: [run("b0")], isAll: true };
  expect(seen).toEqual([left, left, { i: 1, ids: ["a1", "b1"] }, owed]);
});
