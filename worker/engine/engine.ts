import type { BatchItemRequest, CreateBatchRequest, Door, ReplayRequest, TriggerRequest } from "../../sdk/lib/door.ts";
import type { Metadata } from "../../sdk/lib/metadata-operation.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { RunObject } from "../../sdk/lib/wire.ts";
import type { MetadataRequest } from "./change-metadata.ts";
import type { Payload } from "./held-packets.ts";
import type { Reading } from "./read-runs.ts";
import type { WebhookReception } from "./webhook-reception.ts";

/** A request whose payload may have been put at an address before. */
export type HeldTrigger = Omit<TriggerRequest, "payload"> & { readonly payload: Payload };
export type HeldItem = Omit<BatchItemRequest, "payload"> & { readonly payload: Payload };
export type HeldReplay = Omit<ReplayRequest, "payload"> & { readonly payload?: Payload };

/** What the HTTP routes need beyond a door: a run in either form, and a batch in its two phases. */
export interface Engine extends Door {
  readonly webhooks: WebhookReception;
  /** Throws a `RunletApiError` (404) for a payload that is not at its address, unless the run is there already. */
  trigger(request: HeldTrigger): Promise<{ readonly id: string; readonly isCached: boolean }>;
  /** As `trigger`. */
  replayRun(request: HeldReplay): Promise<{ readonly id: string }>;
  /** An address for a packet, and where to put it: for ten minutes, and it is held for an hour. */
  createPacket(): Promise<{ readonly presignedUrl: string; readonly storagePath: string }>;
  /** Puts a packet at its address, in place of one that is there. */
  storePacket(address: string, packet: Packet): Promise<void>;
  /** The run as JSON. */
  readRun(id: string, reading: Reading): Promise<string>;
  /** Several of them, by id, each as it comes; one with long values rejects with `retrieve_alone`. */
  readRuns(ids: readonly string[], reading: Reading): ReadonlyMap<string, Promise<string>>;
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
   * item's own fault (unknown task, a payload that is not at its address) makes a failed item; an index out of range or
   * items after the seal throw.
   */
  addBatchItems(
    batchId: string,
    items: AsyncIterable<HeldItem>,
  ): Promise<{ readonly itemsAccepted: number; readonly itemsDeduplicated: number; readonly sealed: boolean }>;
}
