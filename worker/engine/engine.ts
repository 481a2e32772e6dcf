import type { BatchItemRequest, CreateBatchRequest, Door } from "../../sdk/lib/door.ts";
import type { Metadata } from "../../sdk/lib/metadata-operation.ts";
import type { RunObject } from "../../sdk/lib/wire.ts";

import type { MetadataRequest } from "./change-metadata.ts";

/** What the HTTP routes need beyond a door: a run in either form, and a batch in its two phases. */
export interface Engine extends Door {
  /** `packets`: payload and output come as packets, for readers with superjson; else as JSON. */
  retrieveRun(id: string, waitSeconds: number, packets?: boolean): Promise<RunObject>;
  /** Whether the hash in an address for callbacks is that of the token. */
  isCallback(id: string, hash: string): Promise<boolean>;
  rescheduleRun(id: string, delay: string, packets?: boolean): Promise<RunObject>;
  /** Empty for a run that has none. */
  readMetadata(id: string): Promise<Metadata>;
  /** Gives the metadata after the changes. Twice with one request key is once. */
  changeMetadata(id: string, request: MetadataRequest): Promise<Metadata>;
  /** `isCached` tells a client to send no items: another one's batch holds the key. False for a request sent again. */
  createBatch(
    request: CreateBatchRequest,
  ): Promise<{ readonly id: string; readonly runCount: number; readonly isCached: boolean }>;
  /**
   * Adds items and seals the batch once all `runCount` are there. The iterable is read as the items are stored. An
   * item's own fault (unknown task) makes a failed item; an index out of range or items after the seal throw.
   */
  addBatchItems(
    batchId: string,
    items: AsyncIterable<BatchItemRequest>,
  ): Promise<{ readonly itemsAccepted: number; readonly itemsDeduplicated: number; readonly sealed: boolean }>;
}
