import type { Packet } from "./packet.ts";
import type { StoredOptions } from "./journal.ts";
import type { BatchObject, ListRunsQuery, LogPage, RunObject, RunPage } from "./wire.ts";

/** A trigger as every door takes it. */
export interface TriggerRequest {
  readonly task: string;
  readonly payload: Packet;
  readonly options: StoredOptions;
  /** Constant over the retries of one call, so that a retried trigger makes one run. UUIDv7 shares groups. */
  readonly requestKey: string;
}

export interface CreateBatchRequest {
  readonly runCount: number;
  readonly requestKey: string;
  /** As in `StoredOptions`. */
  readonly idempotencyKey?: string;
  readonly idempotencyKeyTTL?: string;
}

export interface BatchItemRequest {
  readonly index: number;
  readonly task: string;
  readonly payload: Packet;
  readonly options: StoredOptions;
}

/**
 * What the SDK asks of a platform: over HTTP from anywhere (`HttpDoor`), or directly inside the Worker that hosts the
 * tasks. All methods throw a `RunletApiError` (or a subclass) for what the platform refuses.
 */
export interface Door {
  trigger(request: TriggerRequest): Promise<{ readonly id: string; readonly isCached: boolean }>;
  /** Creates the batch, streams its items, seals it. Items are taken from the iterable as the platform takes them. */
  triggerBatch(
    request: CreateBatchRequest,
    items: Iterable<BatchItemRequest>,
  ): Promise<{ readonly id: string; readonly runCount: number }>;
  /** `waitSeconds` (0-10): hold the answer until the run is final or the time is over. */
  retrieveRun(id: string, waitSeconds: number): Promise<RunObject>;
  retrieveBatch(id: string): Promise<BatchObject>;
  listRuns(query: ListRunsQuery): Promise<RunPage>;
  cancelRun(id: string): Promise<void>;
  /** `delay` is a duration or an ISO 8601 date. */
  rescheduleRun(id: string, delay: string): Promise<RunObject>;
  /** Frees an idempotency key of a task. Throws a `RunletApiError` 404 when no run holds it. */
  resetKey(task: string, key: string): Promise<void>;
  /** The message says what came of it. */
  addTags(id: string, tags: readonly string[]): Promise<{ readonly message: string }>;
  readLogs(id: string, after: string | undefined): Promise<LogPage>;
}
