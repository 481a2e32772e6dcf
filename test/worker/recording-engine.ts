import { env } from "cloudflare:workers";
import type {
  BatchItemRequest,
  BulkDoor,
  QueueDoor,
  CreateBatchRequest,
  CreateTokenRequest,
  ReplayRequest,
  TriggerRequest,
} from "../../sdk/lib/door.ts";
import type { Metadata } from "../../sdk/lib/metadata-operation.ts";
import type {
  BatchObject,
  BulkActionObject,
  ListRunsQuery,
  ListTokensQuery,
  LogPage,
  RunItem,
  RunObject,
  RunPage,
  TokenObject,
  TokenPage,
} from "../../sdk/lib/wire.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { EventPage, RunTrace } from "../../sdk/lib/event-wire.ts";
import { statusFlags } from "../../worker/core/status-flags.ts";
import { describeQueue, NO_STATE } from "../../worker/engine/describe-queue.ts";
import type { Reading } from "../../worker/engine/read-runs.ts";
import type { MetadataRequest } from "../../worker/engine/change-metadata.ts";
import type { Engine } from "../../worker/engine/engine.ts";
import type { Env } from "../../worker/env.ts";
import { createHttpApp } from "../../worker/http/app.ts";
import { recordingWebhooks } from "./recording-webhooks.ts";
import { recordedSchedules } from "./recorded-schedules.ts";

export const KEY = "tr_dev_inTheHttpTests0000000000";

const TIME = new Date("2026-06-01T12:00:00.000Z");

export const RUN_ITEM: RunItem = {
  id: "run_1",
  status: "COMPLETED",
  ...statusFlags("COMPLETED"),
  taskIdentifier: "hello",
  isTest: false,
  createdAt: TIME,
  updatedAt: TIME,
  tags: [],
  costInCents: 0,
  baseCostInCents: 0,
  durationMs: 3,
};

const BULK_ACTION: BulkActionObject = {
  id: "bulk_1",
  type: "CANCEL",
  status: "PENDING",
  counts: { total: 3, success: 1, failure: 0, skipped: 0 },
  createdAt: TIME,
};

export const RUN: RunObject = {
  ...RUN_ITEM,
  payload: { name: "Ada" },
  attemptCount: 1,
  depth: 0,
  triggerFunction: "trigger",
  relatedRuns: {},
};

const QUEUE = describeQueue("emails", { executing: { perKey: 5 }, inFlight: {}, starts: {} }, NO_STATE);

/** Writes down what it is asked and answers the same each time, or throws `failure`. */
export class RecordingEngine implements Engine {
  readonly calls: unknown[][] = [];
  failure: unknown;

  readonly bulk: BulkDoor = {
    create: async (request) => {
      this.#record("bulk.create", request);
      return { id: "bulk_1" };
    },
    retrieve: async (id) => {
      this.#record("bulk.retrieve", id);
      return { ...BULK_ACTION, id };
    },
    abort: async (id) => this.#record("bulk.abort", id),
    list: async (query) => {
      this.#record("bulk.list", query);
      return { data: [BULK_ACTION], pagination: { next: "older" } };
    },
  };

  readonly schedules = recordedSchedules((...call) => this.#record(...call));

  async trigger(request: TriggerRequest): Promise<{ id: string; isCached: boolean }> {
    this.#record("trigger", request);
    return { id: "run_1", isCached: false };
  }

  async triggerBatch(request: CreateBatchRequest): Promise<{ id: string; runCount: number }> {
    return this.createBatch(request);
  }

  async createBatch(request: CreateBatchRequest): Promise<{ id: string; runCount: number; isCached: boolean }> {
    this.#record("createBatch", request);
    return { id: "batch_1", runCount: request.runCount, isCached: false };
  }

  async addBatchItems(batchId: string, items: AsyncIterable<BatchItemRequest>) {
    const taken: BatchItemRequest[] = [];
    this.#record("addBatchItems", batchId, taken);
    for await (const item of items) taken.push(item);
    return { itemsAccepted: taken.length, itemsDeduplicated: 0, sealed: true };
  }

  async createPacket(): Promise<{ presignedUrl: string; storagePath: string }> {
    this.#record("createPacket");
    return { presignedUrl: "http://runlet.test/packet", storagePath: "packet_1" };
  }

  async storePacket(address: string, packet: Packet): Promise<void> {
    this.#record("storePacket", address, packet);
  }

  async retrieveRun(id: string): Promise<RunObject> {
    return { ...RUN, id };
  }

  async readRun(id: string, reading: Reading): Promise<string> {
    this.#record("readRun", id, reading);
    return JSON.stringify({ ...RUN, id });
  }

  readRuns(ids: readonly string[], reading: Reading): ReadonlyMap<string, Promise<string>> {
    this.calls.push(["readRuns", ids, reading]);
    return new Map(ids.map((id) => [id, this.#read(id)]));
  }

  async #read(id: string): Promise<string> {
    if (this.failure !== undefined) throw this.failure;
    return JSON.stringify({ ...RUN, id });
  }

  async retrieveBatch(id: string): Promise<BatchObject> {
    this.#record("retrieveBatch", id);
    const times = { createdAt: TIME, updatedAt: TIME };
    return { id, status: "PROCESSING", ...times, runCount: 1, runs: ["run_1"], processing: { errors: [] } };
  }

  async listRuns(query: ListRunsQuery): Promise<RunPage> {
    this.#record("listRuns", query);
    return { data: [RUN_ITEM], pagination: { next: "older" } };
  }

  async cancelRun(id: string): Promise<void> {
    this.#record("cancelRun", id);
  }

  async replayRun(request: ReplayRequest): Promise<{ id: string }> {
    this.#record("replayRun", request);
    return { id: "run_2" };
  }

  async rescheduleRun(id: string, delay: string, packets?: boolean): Promise<RunObject> {
    this.#record("rescheduleRun", id, delay, packets);
    return RUN;
  }

  async createToken(request: CreateTokenRequest): Promise<{ id: string; isCached: boolean; url: string }> {
    this.#record("createToken", request);
    return { id: "waitpoint_1", isCached: false, url: "http://runlet.test/callback" };
  }

  async completeToken(id: string, data: Packet): Promise<void> {
    this.#record("completeToken", id, data);
  }

  async retrieveToken(id: string): Promise<TokenObject> {
    this.#record("retrieveToken", id);
    return { id, url: "http://runlet.test/callback", status: "WAITING", tags: [], createdAt: TIME };
  }

  async listTokens(query: ListTokensQuery): Promise<TokenPage> {
    this.#record("listTokens", query);
    const token = {
      id: "waitpoint_1",
      url: "http://runlet.test/callback",
      status: "WAITING",
      createdAt: TIME,
    } as const;
    return { data: [{ ...token, tags: ["a"] }], pagination: { previous: "newer" } };
  }

  async isCallback(id: string, hash: string): Promise<boolean> {
    this.#record("isCallback", id, hash);
    return hash === "right";
  }

  async resetKey(task: string, key: string): Promise<void> {
    this.#record("resetKey", task, key);
  }

  async readEvents(id: string, after: string | undefined): Promise<EventPage> {
    this.#record("readEvents", id, after);
    return { events: [{ at: TIME, type: "run.queued", message: "queued" }], pagination: {} };
  }

  async traceRun(id: string): Promise<RunTrace> {
    this.#record("traceRun", id);
    const flags = { isError: false, isPartial: false, isCancelled: false };
    const data = { message: "hello", startTime: TIME, duration: 3, ...flags, level: "TRACE" };
    return { traceId: id, rootSpan: { id, runId: id, data, children: [] } };
  }

  async addTags(id: string, tags: readonly string[]): Promise<{ message: string }> {
    this.#record("addTags", id, tags);
    return { message: "Added." };
  }

  async readMetadata(id: string): Promise<Metadata> {
    this.#record("readMetadata", id);
    return { a: 1 };
  }

  readonly queues: QueueDoor = {
    list: async (query) => {
      this.#record("queues.list", query);
      return { data: [QUEUE], pagination: { currentPage: 1, totalPages: 1, count: 1 } };
    },
    retrieve: async (queue) => {
      this.#record("queues.retrieve", queue);
      return QUEUE;
    },
    pause: async (queue, isPaused) => {
      this.#record("queues.pause", queue, isPaused);
      return QUEUE;
    },
    limit: async (queue, concurrencyLimit) => {
      this.#record("queues.limit", queue, concurrencyLimit);
      return QUEUE;
    },
  };

  readonly webhooks = recordingWebhooks((...call) => this.#record(...call));

  async changeMetadata(id: string, request: MetadataRequest): Promise<Metadata> {
    this.#record("changeMetadata", id, request);
    return { a: 2 };
  }

  async readLogs(id: string, after: string | undefined): Promise<LogPage> {
    this.#record("readLogs", id, after);
    return { data: [{ at: TIME, attempt: 1, level: "info", message: "hi", fields: { a: 1 } }], pagination: {} };
  }

  #record(...call: unknown[]): void {
    if (this.failure !== undefined) throw this.failure;
    this.calls.push(call);
  }
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const app = createHttpApp();

/** One request through the app, with the key unless `authorization` is given, to an engine that writes it down. */
export async function ask(
  path: string,
  init: RequestInit = {},
  engine = new RecordingEngine(),
  bindings: Partial<Env> = { RUNLET_SECRET_KEY: KEY },
): Promise<Answered> {
  const headers = new Headers(init.headers);
  if (!headers.has("authorization")) headers.set("authorization", `Bearer ${KEY}`);
  const sent = new Request(`https://runlet.test${path}`, { ...init, headers });
  const { RUNLET_SECRET_KEY: _, ...others } = env as Env;
  const response = await app.handle(sent, engine, { ...others, ...bindings });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** A POST with a JSON body; text is sent as it is. */
export function post(
  path: string,
  body: unknown,
  engine?: RecordingEngine,
  headers: HeadersInit = {},
): Promise<Answered> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const all = new Headers(headers);
  if (!all.has("content-type")) all.set("content-type", "application/json");
  return ask(path, { method: "POST", body: text, headers: all }, engine);
}
