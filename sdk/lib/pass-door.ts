import type { NewBatchItem, Outcome, StoredOptions } from "./journal.ts";
import type { Packet } from "./packet.ts";

/** What a pass asks of the platform while it executes. Each method resolves once the platform has made it durable. */
export interface PassDoor {
  /** Options of a task with the defaults of its definition; throws `RunletApiError` 404 for an unknown task. */
  resolve(task: string, options: StoredOptions): StoredOptions;
  /** The three below answer false when the run is no longer this pass's; then nothing was kept. */
  keepStep(key: string, digest: string, outcome: Outcome): Promise<boolean>;
  startElsewhere(
    key: string,
    digest: string,
    child: { readonly task: string; readonly payload: Packet; readonly options: StoredOptions },
  ): Promise<string | false>;
  startBatchElsewhere(key: string, digest: string, items: readonly NewBatchItem[]): Promise<string | false>;
}
