import { asError } from "./errors.ts";
import type { NewBatchItem, StoredOptions } from "./journal.ts";

/** The items with the defaults of their tasks. One that cannot become a run is no fault of the batch: it fails by itself. */
export function resolveItems(
  items: readonly Omit<NewBatchItem, "index">[],
  resolve: (task: string, options: StoredOptions) => StoredOptions,
): NewBatchItem[] {
  return items.map((item, index) => {
    try {
      return { ...item, index, options: resolve(item.task, item.options) };
    } catch (error) {
      return { ...item, index, refusal: asError(error).message };
    }
  });
}
