import { z } from "zod";
import { generatorSchema } from "./schedule-wire.ts";

/** The 13 statuses of the wire. */
export const RUN_STATUSES = [
  "PENDING_VERSION",
  "DELAYED",
  "QUEUED",
  "DEQUEUED",
  "EXECUTING",
  "WAITING",
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "SYSTEM_FAILURE",
  "EXPIRED",
  "TIMED_OUT",
] as const;
const runStatusSchema = z.enum(RUN_STATUSES);
export type RunStatus = (typeof RUN_STATUSES)[number];

export const FINAL_STATUSES = [
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "SYSTEM_FAILURE",
  "EXPIRED",
  "TIMED_OUT",
] as const;
export type FinalStatus = (typeof FINAL_STATUSES)[number];

const packetTypeSchema = z.enum(["text/plain", "application/json", "application/super+json"]);
const dateSchema = z.string().transform((text) => new Date(text));

const packetSchema = z.object({ data: z.string().optional(), type: packetTypeSchema });

const errorSchema = z.object({
  message: z.string(),
  name: z.string().optional(),
  stackTrace: z.string().optional(),
});

/** A run as a list shows it. */
export const runItemSchema = z.object({
  id: z.string(),
  status: runStatusSchema,
  taskIdentifier: z.string(),
  isQueued: z.boolean(),
  isExecuting: z.boolean(),
  isWaiting: z.boolean(),
  isCompleted: z.boolean(),
  isSuccess: z.boolean(),
  isFailed: z.boolean(),
  isCancelled: z.boolean(),
  isTest: z.boolean(),
  createdAt: dateSchema,
  updatedAt: dateSchema,
  startedAt: dateSchema.optional(),
  finishedAt: dateSchema.optional(),
  tags: z.array(z.string()),
  costInCents: z.number(),
  baseCostInCents: z.number(),
  durationMs: z.number(),
  batchId: z.string().optional(),
  delayedUntil: dateSchema.optional(),
  expiredAt: dateSchema.optional(),
  ttl: z.string().optional(),
  idempotencyKey: z.string().optional(),
  version: z.string().optional(),
  region: z.string().optional(),
});
export type RunItem = z.output<typeof runItemSchema>;

const triggerFunctionSchema = z.enum(["trigger", "triggerAndWait", "batchTrigger", "batchTriggerAndWait"]);

const relatedRunSchema = runItemSchema.extend({ depth: z.number(), triggerFunction: triggerFunctionSchema });

/**
 * A run in full. `payload` and `output` are decoded JSON for readers without superjson; asked for with `?packets=1`
 * they come as packets instead, which keep Date, Map, Set, BigInt and undefined.
 */
export const runObjectSchema = runItemSchema.extend({
  payload: z.unknown().optional(),
  output: z.unknown().optional(),
  payloadPacket: packetSchema.optional(),
  outputPacket: packetSchema.optional(),
  error: errorSchema.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  attemptCount: z.number(),
  /** The attempts, oldest first: the last one, and up to 10 that failed before it. Messages have up to 500 characters. */
  attempts: z
    .array(
      z.object({
        number: z.number(),
        startedAt: dateSchema,
        finishedAt: dateSchema.optional(),
        error: z.object({ name: z.string(), message: z.string() }).optional(),
      }),
    )
    .optional(),
  depth: z.number(),
  triggerFunction: triggerFunctionSchema,
  /** The schedule that the run is of, as it was then. */
  schedule: z
    .object({
      id: z.string(),
      externalId: z.string().optional(),
      deduplicationKey: z.string().optional(),
      generator: generatorSchema,
    })
    .optional(),
  /** The run that this one is a replay of. */
  replayedFrom: z.string().optional(),
  /** The run that has triggered this one, and the one at the top of all. */
  parentTaskRunId: z.string().optional(),
  rootTaskRunId: z.string().optional(),
  relatedRuns: z.object({
    root: relatedRunSchema.optional(),
    parent: relatedRunSchema.optional(),
    children: z.array(relatedRunSchema).optional(),
  }),
});
export type RunObject = z.output<typeof runObjectSchema>;

/** One of several runs that were asked for together; without `run` where it has to be asked for alone. */
export const runLineSchema = z.object({ id: z.string(), run: runObjectSchema.optional() });

export const paginationSchema = z.object({ next: z.string().optional(), previous: z.string().optional() });

export const runPageSchema = z.object({ data: z.array(runItemSchema), pagination: paginationSchema });
export type RunPage = z.output<typeof runPageSchema>;

const BATCH_STATUSES = ["PENDING", "PROCESSING", "COMPLETED", "PARTIAL_FAILED", "ABORTED"] as const;
export const batchObjectSchema = z.object({
  id: z.string(),
  status: z.enum(BATCH_STATUSES),
  createdAt: dateSchema,
  updatedAt: dateSchema,
  runCount: z.number(),
  runs: z.array(z.string()),
  processing: z.object({
    completedAt: dateSchema.optional(),
    errors: z.array(
      z.object({ index: z.number(), taskIdentifier: z.string(), error: z.string(), errorCode: z.string().optional() }),
    ),
  }),
});
export type BatchObject = z.output<typeof batchObjectSchema>;

/** Which part of a list is meant, by time of creation. `from` and `to` bound it; the default window is the last 7 days. */
export interface WindowQuery {
  readonly from?: Date;
  readonly to?: Date;
  readonly period?: string;
}

/** Which page of a list. */
export interface PageQuery {
  readonly limit?: number;
  readonly after?: string;
  readonly before?: string;
}

/** Which runs are meant. */
export interface RunFilterQuery extends WindowQuery {
  readonly status?: readonly RunStatus[];
  readonly taskIdentifier?: readonly string[];
  readonly tag?: readonly string[];
  readonly batch?: string;
  readonly bulkAction?: string;
  readonly schedule?: string;
}

/** Filters of `runs.list`. */
export interface ListRunsQuery extends RunFilterQuery, PageQuery {}

export const logPageSchema = z.object({
  data: z.array(
    z.object({
      at: dateSchema,
      attempt: z.number(),
      level: z.enum(["debug", "info", "warn", "error"]),
      message: z.string(),
      fields: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  pagination: z.object({ next: z.string().optional() }),
});
export type LogPage = z.output<typeof logPageSchema>;

/** A bulk action. `counts`: `skipped` are runs that there was nothing to do for; while it is PENDING, `total` may grow. */
export const bulkActionSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  type: z.enum(["CANCEL", "REPLAY"]),
  status: z.enum(["PENDING", "COMPLETED", "ABORTED"]),
  counts: z.object({ total: z.number(), success: z.number(), failure: z.number(), skipped: z.number() }),
  createdAt: dateSchema,
  completedAt: dateSchema.optional(),
});
export type BulkActionObject = z.output<typeof bulkActionSchema>;

export const bulkActionPageSchema = z.object({ data: z.array(bulkActionSchema), pagination: paginationSchema });
export type BulkActionPage = z.output<typeof bulkActionPageSchema>;

export const TOKEN_STATUSES = ["WAITING", "COMPLETED", "TIMED_OUT"] as const;
export type TokenStatus = (typeof TOKEN_STATUSES)[number];

/** A token as a list shows it. */
const tokenItemSchema = z.object({
  id: z.string(),
  /** A POST to it, by anybody and with any body, completes the token. */
  url: z.string(),
  status: z.enum(TOKEN_STATUSES),
  tags: z.array(z.string()),
  createdAt: dateSchema,
  timeoutAt: dateSchema.optional(),
  completedAt: dateSchema.optional(),
  idempotencyKey: z.string().optional(),
  idempotencyKeyExpiresAt: dateSchema.optional(),
});
export type TokenItem = z.output<typeof tokenItemSchema>;

export const tokenPageSchema = z.object({ data: z.array(tokenItemSchema), pagination: paginationSchema });
export type TokenPage = z.output<typeof tokenPageSchema>;

/** Filters of `wait.listTokens`. */
export interface ListTokensQuery extends WindowQuery, PageQuery {
  readonly status?: readonly TokenStatus[];
  readonly tags?: readonly string[];
  readonly idempotencyKey?: string;
}

export const tokenObjectSchema = tokenItemSchema.extend({
  output: z.string().optional(),
  outputType: packetTypeSchema.optional(),
  outputIsError: z.boolean().optional(),
});
export type TokenObject = z.output<typeof tokenObjectSchema>;

/** What the platform answers to the creation of a token. */
export const createTokenAnswerSchema = z.object({ id: z.string(), isCached: z.boolean(), url: z.string() });

/** What it answers to the completion of one. */
export const completeTokenAnswerSchema = z.object({ success: z.boolean() });

/** Limits that both sides know. Bytes are of the encoded text. */
export const LIMITS = {
  payloadBytes: 3 * 1024 * 1024,
  outputBytes: 10 * 1024 * 1024,
  batchItems: 20_000,
  tags: 10,
  tagLength: 128,
  metadataBytes: 256 * 1024,
  metadataKeyLength: 512,
  maxAttempts: 250,
  taskIdLength: 128,
  /** Of a queue, machine, region or version. */
  nameLength: 128,
  /** Of any limit of a queue. */
  concurrency: 100_000,
  concurrencyKeyLength: 256,
  ttlSeconds: 366 * 86_400,
  minDurationSeconds: 5,
  prioritySeconds: 366 * 86_400,
  requestKeyLength: 2048,
  idempotencyKeyLength: 2048,
  debounceKeyLength: 512,
  bulkRuns: 500,
  /** Runs that one request retrieves. */
  runsRetrieved: 100,
  bulkNameLength: 255,
} as const;

/** What the platform answers to a trigger. */
export const triggerAnswerSchema = z.object({ id: z.string(), isCached: z.boolean().optional() });

/** What it answers to the creation of a batch, before its items. */
export const createBatchAnswerSchema = z.object({ id: z.string(), runCount: z.number(), isCached: z.boolean() });

/** What it answers to items of a batch. `sealed` is false while items are missing. */
export const batchItemsAnswerSchema = z.object({
  id: z.string(),
  itemsAccepted: z.number(),
  itemsDeduplicated: z.number(),
  sealed: z.boolean(),
});

/** What it answers to a replay: the new run. */
export const replayAnswerSchema = z.object({ id: z.string() });
/** What it answers to tags that are added. */
export const tagsAnswerSchema = z.object({ message: z.string() });

/** What it answers to a bulk action that is created, or aborted. */
export const bulkAnswerSchema = z.object({ id: z.string() });

/** What it answers to a cancel. */
export const cancelAnswerSchema = z.object({ id: z.string() });
