import type { z } from "zod";
import { encodeBodies, type BodyMaker } from "./batch-body.ts";
import type {
  BatchItemRequest,
  BulkDoor,
  QueueDoor,
  CreateBatchRequest,
  CreateTokenRequest,
  Door,
  ReplayRequest,
  TriggerRequest,
} from "./door.ts";
import { eventPageSchema, traceAnswerSchema, type EventPage, type RunTrace } from "./event-wire.ts";
import { RunletApiError } from "./errors.ts";
import type { ScheduleDoor } from "./schedule-door.ts";
import { DEFAULT_PACING, exchange, exchangeBody, RetryLater, type Exchange, type Pacing } from "./http-retry.ts";
import { httpWebhooks } from "./http-webhooks.ts";
import { writeListQuery, writePageQuery, writeTokenQuery } from "./list-query.ts";
import { httpSchedules } from "./http-schedules.ts";
import type { Packet } from "./packet.ts";
import { queueObjectSchema, queuePageSchema } from "./queue-wire.ts";
import { RunQuestions } from "./run-questions.ts";
import {
  batchObjectSchema,
  batchItemsAnswerSchema,
  bulkActionPageSchema,
  bulkActionSchema,
  bulkAnswerSchema,
  cancelAnswerSchema,
  completeTokenAnswerSchema,
  createBatchAnswerSchema,
  createTokenAnswerSchema,
  logPageSchema,
  replayAnswerSchema,
  runObjectSchema,
  runPageSchema,
  tokenObjectSchema,
  tokenPageSchema,
  tagsAnswerSchema,
  triggerAnswerSchema,
  type BatchObject,
  type ListRunsQuery,
  type ListTokensQuery,
  type LogPage,
  type RunObject,
  type RunPage,
  type TokenObject,
  type TokenPage,
} from "./wire.ts";
import { WatchedItems } from "./watched-items.ts";

const BULK_PATH = "/api/v1/bulk-actions";
const REQUEST_KEY_HEADER = "x-trigger-request-idempotency-key";

/** The platform over HTTP. Requests are retried as `Pacing` says; a retried trigger makes one run. */
export class HttpDoor implements Door {
  readonly #baseURL: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #pacing: Pacing;

  readonly bulk: BulkDoor = {
    create: ({ requestKey, filter, ...request }) => {
      const times = { from: filter?.from?.getTime(), to: filter?.to?.getTime() };
      const body = JSON.stringify(filter === undefined ? request : { ...request, filter: { ...filter, ...times } });
      return this.#post(BULK_PATH, bulkAnswerSchema, body, { [REQUEST_KEY_HEADER]: requestKey });
    },
    retrieve: (id) => this.#get(`${BULK_PATH}/${encodeURIComponent(id)}`, bulkActionSchema),
    abort: async (id) => {
      await this.#post(`${BULK_PATH}/${encodeURIComponent(id)}/abort`, bulkAnswerSchema, undefined, {});
    },
    list: (query) => this.#get(BULK_PATH + writePageQuery(query), bulkActionPageSchema),
  };

  readonly queues: QueueDoor = {
    list: (query) => {
      const parameters = Object.entries(query).map(([name, value]) => [name, String(value)]);
      return this.#get(`/api/v1/queues?${new URLSearchParams(parameters)}`, queuePageSchema);
    },
    retrieve: ({ type, name }) => this.#get(`/api/v1/queues/${encodeQueue(name)}?type=${type}`, queueObjectSchema),
    pause: ({ type, name }, isPaused) => {
      const body = JSON.stringify({ type, action: isPaused ? "pause" : "resume" });
      return this.#post(`/api/v1/queues/${encodeQueue(name)}/pause`, queueObjectSchema, body, {});
    },
    limit: ({ type, name }, concurrencyLimit) => {
      const path = `/api/v1/queues/${encodeQueue(name)}/concurrency`;
      const [verb, body] = concurrencyLimit === null ? ["reset", { type }] : ["override", { type, concurrencyLimit }];
      return this.#post(`${path}/${verb}`, queueObjectSchema, JSON.stringify(body), {});
    },
  };

  readonly webhooks = httpWebhooks({
    get: (path, schema) => this.#get(path, schema),
    post: (path, schema, requestKey) => this.#post(path, schema, undefined, { [REQUEST_KEY_HEADER]: requestKey }),
  });
  readonly schedules: ScheduleDoor = httpSchedules((method, path, schema, body) =>
    this.#exchange({
      send: () => {
        const init = { method, headers: this.#headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
        return fetch(this.#baseURL + path, init);
      },
      read: (answer) => parseAnswer(schema, answer),
    }),
  );

  readonly #runs = new RunQuestions({
    alone: async (id, waitSeconds) => {
      const wait = waitSeconds > 0 ? `&wait=${waitSeconds}` : "";
      return this.#get(`/api/v3/runs/${encodeURIComponent(id)}?packets=1${wait}`, runObjectSchema);
    },
    together: (ids, wait) => {
      const init = { method: "POST", headers: this.#headers, body: JSON.stringify({ ids, wait }) };
      return exchangeBody(() => fetch(`${this.#baseURL}/api/v1/runs/retrieve?packets=1`, init), this.#pacing);
    },
  });

  /** `baseURL` is without a slash at the end. */
  constructor(
    { baseURL, accessToken }: { readonly baseURL: string; readonly accessToken: string },
    pacing = DEFAULT_PACING,
  ) {
    this.#baseURL = baseURL;
    this.#headers = {
      authorization: `Bearer ${accessToken}`,
      "content-type": "application/json",
      "x-trigger-api-version": "2025-07-16",
      "x-trigger-source": "sdk",
    };
    this.#pacing = pacing;
  }

  async trigger({ task, payload, options, requestKey }: TriggerRequest): Promise<{ id: string; isCached: boolean }> {
    const body = JSON.stringify({ payload: payload.data, options: { payloadType: payload.type, ...options } });
    const path = `/api/v1/tasks/${encodeURIComponent(task)}/trigger`;
    const answer = await this.#post(path, triggerAnswerSchema, body, { [REQUEST_KEY_HEADER]: requestKey });
    return { id: answer.id, isCached: answer.isCached ?? false };
  }

  async triggerBatch(
    { runCount, requestKey, ...key }: CreateBatchRequest,
    items: Iterable<BatchItemRequest>,
  ): Promise<{ id: string; runCount: number }> {
    const watched = new WatchedItems(items);
    const bodies = encodeBodies(watched);
    let next = bodies.next();
    const body = JSON.stringify({ runCount, ...key });
    const created = await this.#post("/api/v3/batches", createBatchAnswerSchema, body, {
      [REQUEST_KEY_HEADER]: requestKey,
    });
    // Somebody else has made this batch, with its items.
    if (created.isCached) return { id: created.id, runCount: created.runCount };
    while (!next.done) {
      const current = next.value;
      next = bodies.next();
      await this.#sendItems(created.id, current, next.done === true, watched);
    }
    return { id: created.id, runCount: created.runCount };
  }

  retrieveRun(id: string, waitSeconds: number): Promise<RunObject> {
    return this.#runs.ask(id, waitSeconds);
  }

  retrieveBatch(id: string): Promise<BatchObject> {
    return this.#get(`/api/v2/batches/${encodeURIComponent(id)}`, batchObjectSchema);
  }

  listRuns(query: ListRunsQuery): Promise<RunPage> {
    return this.#get(`/api/v1/runs${writeListQuery(query)}`, runPageSchema);
  }

  async cancelRun(id: string): Promise<void> {
    await this.#post(`/api/v2/runs/${encodeURIComponent(id)}/cancel`, cancelAnswerSchema, undefined, {});
  }

  replayRun({ id, payload, options, from, requestKey }: ReplayRequest): Promise<{ id: string }> {
    const body = JSON.stringify({ payload: payload?.data, payloadType: payload?.type, ...options, from });
    const path = `/api/v1/runs/${encodeURIComponent(id)}/replay`;
    return this.#post(path, replayAnswerSchema, body, { [REQUEST_KEY_HEADER]: requestKey });
  }

  rescheduleRun(id: string, delay: string): Promise<RunObject> {
    const path = `/api/v1/runs/${encodeURIComponent(id)}/reschedule?packets=1`;
    return this.#post(path, runObjectSchema, JSON.stringify({ delay }), {});
  }

  createToken({ requestKey, ...request }: CreateTokenRequest): Promise<{ id: string; isCached: boolean; url: string }> {
    const headers = { [REQUEST_KEY_HEADER]: requestKey };
    return this.#post("/api/v1/waitpoints/tokens", createTokenAnswerSchema, JSON.stringify(request), headers);
  }

  async completeToken(id: string, { data, type }: Packet): Promise<void> {
    const path = `/api/v1/waitpoints/tokens/${encodeURIComponent(id)}/complete`;
    await this.#post(path, completeTokenAnswerSchema, JSON.stringify({ data, dataType: type }), {});
  }

  retrieveToken(id: string): Promise<TokenObject> {
    return this.#get(`/api/v1/waitpoints/tokens/${encodeURIComponent(id)}`, tokenObjectSchema);
  }

  listTokens(query: ListTokensQuery): Promise<TokenPage> {
    return this.#get(`/api/v1/waitpoints/tokens${writeTokenQuery(query)}`, tokenPageSchema);
  }

  async resetKey(task: string, key: string): Promise<void> {
    const path = `/api/v1/idempotencyKeys/${encodeURIComponent(key)}/reset`;
    await this.#post(path, cancelAnswerSchema, JSON.stringify({ taskIdentifier: task }), {});
  }

  readEvents(id: string, after: string | undefined): Promise<EventPage> {
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    return this.#get(`/api/v1/runs/${encodeURIComponent(id)}/events${query}`, eventPageSchema);
  }

  async traceRun(id: string): Promise<RunTrace> {
    const { trace } = await this.#get(`/api/v1/runs/${encodeURIComponent(id)}/trace`, traceAnswerSchema);
    return trace;
  }

  addTags(id: string, tags: readonly string[]): Promise<{ message: string }> {
    return this.#post(`/api/v1/runs/${encodeURIComponent(id)}/tags`, tagsAnswerSchema, JSON.stringify({ tags }), {});
  }

  readLogs(id: string, after: string | undefined): Promise<LogPage> {
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    return this.#get(`/api/v1/runs/${encodeURIComponent(id)}/logs${query}`, logPageSchema);
  }

  /** Sends the items anew on each attempt: the platform knows those that it has by their index. */
  async #sendItems(batchId: string, makeBody: BodyMaker, isLast: boolean, watched: WatchedItems): Promise<void> {
    const headers = { ...this.#headers, "content-type": "application/x-ndjson" };
    const path = `/api/v3/batches/${encodeURIComponent(batchId)}/items`;
    await this.#exchange({
      send: async () => {
        const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body: makeBody(), duplex: "half" };
        try {
          return await fetch(this.#baseURL + path, init);
        } catch (error) {
          throw watched.failure ?? error;
        }
      },
      read: (body) => {
        const { sealed } = parseAnswer(batchItemsAnswerSchema, body);
        if (isLast && !sealed) {
          throw new RetryLater(503, "batch_not_sealed", `The platform has not got all items of batch ${batchId}.`);
        }
      },
    });
  }

  #get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#exchange({
      send: () => fetch(this.#baseURL + path, { headers: this.#headers }),
      read: (body) => parseAnswer(schema, body),
    });
  }

  #post<T>(
    path: string,
    schema: z.ZodType<T>,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<T> {
    const init: RequestInit = { method: "POST", headers: { ...this.#headers, ...headers } };
    if (body !== undefined) init.body = body;
    return this.#exchange({
      send: () => fetch(this.#baseURL + path, init),
      read: (answer) => parseAnswer(schema, answer),
    });
  }

  #exchange<T>(request: Exchange<T>): Promise<T> {
    return exchange(request, this.#pacing);
  }
}

/** A name in a path. Its slashes are encoded twice, since some that pass a path on decode it once. */
function encodeQueue(name: string): string {
  return encodeURIComponent(name.replaceAll("/", "%2F"));
}

function parseAnswer<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? "" : ` at "${issue.path.join(".")}": ${issue.message}`;
  throw new RunletApiError(200, "invalid_answer", `The platform's answer is not understood${where}`);
}
