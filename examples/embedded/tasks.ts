import { step, task } from "runlet";

export interface Order {
  readonly customer: string;
  readonly items: readonly string[];
}

export const packItem = task({
  id: "pack-item",
  run: async ({ item }: { item: string }) => `${item}, wrapped`,
});

/** Packs all items of an order side by side, then writes the receipt, once. */
export const fulfilOrder = task({
  id: "fulfil-order",
  run: async ({ customer, items }: Order) => {
    const { runs } = await packItem.batchTriggerAndWait(items.map((item) => ({ payload: { item } })));
    const parcel = runs.map((run) => (run.ok ? run.output : `missing: ${run.error.message}`));
    const receipt = await step.run("write the receipt", () => crypto.randomUUID());
    return { customer, parcel, receipt };
  },
});
