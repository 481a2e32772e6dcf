import type { EventPage, RunTrace } from "./event-wire.ts";
import type { Packet } from "./packet.ts";
import type { StoredOptions } from "./journal.ts";
import type { ScheduleDoor } from "./schedule-door.ts";
import type { ListQueuesQuery, QueueAddress, QueueObject, QueuePage } from "./queue-wire.ts";
import type {
  DeliveryObject,
  DeliveryPage,
  EndpointItem,
  EndpointObject,
  ListDeliveriesQuery,
  ReplayedDelivery,
} from "./webhook-wire.ts";
import type {
  BatchObject,
  BulkActionObject,
  BulkActionPage,
  ListRunsQuery,
  ListTokensQuery,
  LogPage,
  PageQuery,
  RunFilterQuery,
  RunObject,
  RunPage,
  TokenObject,
  TokenPage,
} from "./wire.ts";

/** A trigger as every door takes it. */
export interface TriggerRequest {
  readonly task: string;
  readonly payload: Packet;
  readonly options: StoredOptions;
  /** Constant over the retries of one call, so that a retried trigger makes one run. UUIDv7 shares groups. */
  readonly requestKey: string;
}

/** What to make of a run once more. */
export interface ReplayCall {
  /** The run to do again. */
  readonly id: string;
  /** In place of its own. */
  readonly payload?: Packet;
  /** In place of its own, each by itself. */
  readonly options: StoredOptions;
  /** The key of a step or wait in its journal: what it saw before that is not done again. */
  readonly from?: string;
}

/** A replay as every door takes it. `requestKey` is that of a trigger. */
export interface ReplayRequest extends ReplayCall {
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

/** A token to be made. `timeout` is a duration or an ISO 8601 date. */
export interface CreateTokenRequest {
  readonly requestKey: string;
  readonly tags: readonly string[];
  readonly timeout?: string;
  readonly idempotencyKey?: string;
  readonly idempotencyKeyTTL?: string;
  /** It stands for a time that waits share: nobody completes it. */
  readonly isTime?: true;
}

/** One deed for many runs: those with these ids, or those that fit the filter; one of the two. */
export interface BulkActionRequest {
  readonly action: "cancel" | "replay";
  readonly runIds?: readonly string[];
  readonly filter?: RunFilterQuery;
  readonly name?: string;
  /** For replays: a region in place of each run's own. */
  readonly targetRegion?: string;
  /** Constant over the retries of one call, so that a request sent again makes one action. */
  readonly requestKey: string;
}

/** What the SDK asks of a platform about bulk actions. */
export interface BulkDoor {
  create(request: BulkActionRequest): Promise<{ readonly id: string }>;
  retrieve(id: string): Promise<BulkActionObject>;
  /** One that is over stays as it is. */
  abort(id: string): Promise<void>;
  list(query: PageQuery): Promise<BulkActionPage>;
}

/** What the SDK asks of a platform about queues. */
export interface QueueDoor {
  list(query: ListQueuesQuery): Promise<QueuePage>;
  retrieve(queue: QueueAddress): Promise<QueueObject>;
  pause(queue: QueueAddress, isPaused: boolean): Promise<QueueObject>;
  /** Puts another concurrency limit in place of the one of the code; null takes it back. */
  limit(queue: QueueAddress, concurrencyLimit: number | null): Promise<QueueObject>;
}

/** A delivery to be done again: for all subscribers that let it through, or for the one that is named, past its filter. */
export interface ReplayDeliveryRequest {
  readonly id: string;
  readonly targetId?: string;
  /** Constant over the retries of one call, so that a request sent again makes one replay. */
  readonly requestKey: string;
}

/** An event of an endpoint to be waited for. `timeout` is a duration or an ISO 8601 date. */
export interface CreateWaiterRequest {
  readonly endpoint: string;
  readonly match: Readonly<Record<string, string | number | boolean>>;
  readonly timeout: string;
  /** The id of the run that waits. */
  readonly run: string;
  readonly requestKey: string;
}

/** What the SDK asks of a platform about webhooks. */
export interface WebhookDoor {
  listDeliveries(query: ListDeliveriesQuery): Promise<DeliveryPage>;
  retrieveDelivery(id: string): Promise<DeliveryObject>;
  replayDelivery(request: ReplayDeliveryRequest): Promise<ReplayedDelivery>;
  /** Makes a token that is completed with the event. Only within the Worker that hosts the tasks. */
  createWaiter(request: CreateWaiterRequest): Promise<{ readonly id: string }>;
  listEndpoints(): Promise<{ readonly data: EndpointItem[] }>;
  retrieveEndpoint(id: string): Promise<EndpointObject>;
}

/**
 * What the SDK asks of a platform: over HTTP from anywhere (`HttpDoor`), or directly inside the Worker that hosts the
 * tasks. All methods throw a `RunletApiError` (or a subclass) for what the platform refuses.
 */
export interface Door {
  readonly bulk: BulkDoor;
  readonly queues: QueueDoor;
  readonly webhooks: WebhookDoor;
  readonly schedules: ScheduleDoor;
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
  replayRun(request: ReplayRequest): Promise<{ readonly id: string }>;
  /** `delay` is a duration or an ISO 8601 date. */
  rescheduleRun(id: string, delay: string): Promise<RunObject>;
  createToken(
    request: CreateTokenRequest,
  ): Promise<{ readonly id: string; readonly isCached: boolean; readonly url: string }>;
  /** Completes a token with a value; one that is completed, or timed out, stays as it is. */
  completeToken(id: string, data: Packet): Promise<void>;
  retrieveToken(id: string): Promise<TokenObject>;
  listTokens(query: ListTokensQuery): Promise<TokenPage>;
  /** Frees an idempotency key of a task. Throws a `RunletApiError` 404 when no run holds it. */
  resetKey(task: string, key: string): Promise<void>;
  /** A page of events, oldest first; `after` is the cursor of the page before. */
  readEvents(id: string, after: string | undefined): Promise<EventPage>;
  traceRun(id: string): Promise<RunTrace>;
  /** The message says what came of it. */
  addTags(id: string, tags: readonly string[]): Promise<{ readonly message: string }>;
  readLogs(id: string, after: string | undefined): Promise<LogPage>;
}
