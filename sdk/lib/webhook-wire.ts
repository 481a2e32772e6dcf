import { z } from "zod";
import { paginationSchema } from "./wire.ts";
import type { PageQuery, WindowQuery } from "./wire.ts";

const dateSchema = z.string().transform((text) => new Date(text));

export const DELIVERY_STATUSES = ["succeeded", "failed", "filtered", "unmatched"] as const;

/** A delivery as a list shows it. */
const deliveryItemSchema = z.object({
  id: z.string(),
  /** `declaredId` is the one of the code; `id` is "wh_" and that. */
  endpoint: z.object({ id: z.string(), declaredId: z.string() }),
  /**
   * `succeeded`: a run was made. `failed`: none was, and a filter threw or a run could not be made. `filtered`: no filter let it
   * through. `unmatched`: nothing was subscribed.
   */
  status: z.enum(DELIVERY_STATUSES),
  /** The provider's name for it; where it has none, a digest of what was sent. */
  externalDeliveryId: z.string(),
  isTest: z.boolean(),
  createdAt: dateSchema,
  processedAt: dateSchema,
});
export type DeliveryItem = z.output<typeof deliveryItemSchema>;

export const deliveryPageSchema = z.object({ data: z.array(deliveryItemSchema), pagination: paginationSchema });
export type DeliveryPage = z.output<typeof deliveryPageSchema>;

/** What a delivery did for one subscriber. */
const deliveryTargetSchema = z.object({
  /** The id of the task: what a replay names. */
  id: z.string(),
  type: z.literal("task"),
  status: z.enum(["succeeded", "failed", "filtered"]),
  /** Why it was filtered. */
  reason: z.string().nullable(),
  error: z.string().nullable(),
  runId: z.string().nullable(),
  sessionId: z.null(),
  waiters: z.null(),
});

export const deliveryObjectSchema = deliveryItemSchema.extend({
  /** What makes a repeat of it known: the same as `externalDeliveryId`. */
  idempotencyKey: z.string(),
  event: z.unknown(),
  /** Those of the request, without credentials. */
  headers: z.record(z.string(), z.string()),
  /** SHA-256 of the body, in hex. */
  rawBodyHash: z.string(),
  /** Of the subscribers that failed, whatever became of others. */
  error: z.string().nullable(),
  filterReason: z.string().nullable(),
  targets: z.array(deliveryTargetSchema),
  /** The delivery that this one is a replay of. */
  replayedFrom: z.string().nullable(),
  /** Replays of it, 100 at most. */
  replays: z.array(z.string()),
  updatedAt: dateSchema,
});
export type DeliveryObject = z.output<typeof deliveryObjectSchema>;

export const replayDeliveryAnswerSchema = z.object({ deliveryId: z.string(), replayedFrom: z.string() });
export type ReplayedDelivery = z.output<typeof replayDeliveryAnswerSchema>;

/** Filters of `webhooks.deliveries.list`. */
export interface ListDeliveriesQuery extends WindowQuery, PageQuery {
  readonly endpoint?: readonly string[];
  readonly status?: readonly (typeof DELIVERY_STATUSES)[number][];
}

const endpointItemSchema = z.object({
  /** "wh_" and the id of the code. */
  id: z.string(),
  /** The id of the code. */
  declaredId: z.string(),
  /** The name of its source. */
  source: z.string(),
  description: z.string().optional(),
  /** `inactive`: no secret is set, so deliveries are refused. */
  status: z.enum(["active", "inactive"]),
  secretProvisioning: z.literal("either"),
  /** Whether one of its secrets is set at least. */
  secretSet: z.boolean(),
  /** The variables of the Worker that hold its secrets. Their values are never told. */
  secrets: z.array(z.object({ env: z.string(), isSet: z.boolean() })),
  tenantId: z.null(),
  externalRef: z.null(),
  /** What to enter at the provider. */
  url: z.string(),
  /** Not known, since endpoints are in the code: 1970. */
  createdAt: dateSchema,
  updatedAt: dateSchema,
});
export type EndpointItem = z.output<typeof endpointItemSchema>;

export const endpointListSchema = z.object({ data: z.array(endpointItemSchema) });

export const endpointObjectSchema = endpointItemSchema.extend({
  metadata: z.record(z.string(), z.unknown()).optional(),
  /** `filter` is the text of the function. */
  subscribers: z.array(
    z.object({ id: z.string(), type: z.literal("task"), taskId: z.string(), filter: z.string().nullable() }),
  ),
  /** What to do at the provider. */
  setupPrompt: z.string(),
});
export type EndpointObject = z.output<typeof endpointObjectSchema>;
