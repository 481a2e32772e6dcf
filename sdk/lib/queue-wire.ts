import { z } from "zod";

const dateSchema = z.string().transform((text) => new Date(text));

/** A queue as it is now. */
export const queueObjectSchema = z.object({
  /** Follows from the name. */
  id: z.string(),
  /** That of the task, for the queue that a task has by itself. */
  name: z.string(),
  /** `task`: the queue that a task has by itself. `custom`: one that the code names. */
  type: z.enum(["task", "custom"]),
  version: z.literal("V1"),
  /** Whether the code gives it limits. Runs of a queue without any start at once, and are not counted: it shows 0 and 0. */
  isLimited: z.boolean(),
  /** Runs that have a slot. */
  running: z.number(),
  /** Runs that wait for one. */
  queued: z.number(),
  /** It gives no slots; runs that have one go on. */
  paused: z.boolean(),
  /** How many may execute at once, now: in all, or for each key where the code has no total; null where that is not limited. */
  concurrencyLimit: z.number().nullable(),
  concurrency: z.object({
    /** The same as `concurrencyLimit`. */
    current: z.number().nullable(),
    /** What the code says. */
    base: z.number().nullable(),
    /** What was set in its place. */
    override: z.number().nullable(),
    overriddenAt: dateSchema.nullable(),
    overriddenBy: z.null(),
  }),
});
export type QueueObject = z.output<typeof queueObjectSchema>;

export const queuePageSchema = z.object({
  data: z.array(queueObjectSchema),
  pagination: z.object({ currentPage: z.number(), totalPages: z.number(), count: z.number() }),
});
export type QueuePage = z.output<typeof queuePageSchema>;

export const QUEUE_ADDRESS_TYPES = ["id", "task", "custom"] as const;

/** Which queue: by its id, by the task that has it by itself, or by its name. */
export interface QueueAddress {
  readonly type: (typeof QUEUE_ADDRESS_TYPES)[number];
  readonly name: string;
}

/** Pages of a list are numbered from 1. */
export interface ListQueuesQuery {
  readonly page?: number;
  readonly perPage?: number;
}

export const QUEUE_PAGE_LIMITS = { page: 1_000_000, perPage: 100, defaultPerPage: 20 } as const;
