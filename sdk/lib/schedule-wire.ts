import { z } from "zod";

const dateSchema = z.string().transform((text) => new Date(text));

/** What becomes of ticks that were missed: those that the platform came to a minute or more after their time. */
export const CATCH_UPS = ["none", "latest", "all"] as const;
export type CatchUp = (typeof CATCH_UPS)[number];

/** What becomes of a tick while the run of the one before is under way. */
export const OVERLAPS = ["allow", "skip", "queue", "cancel-running"] as const;
export type Overlap = (typeof OVERLAPS)[number];

const SCHEDULE_TYPES = ["DECLARATIVE", "IMPERATIVE"] as const;
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

export const generatorSchema = z.object({
  type: z.literal("CRON"),
  expression: z.string(),
  description: z.string(),
});

/** A schedule as it is now. */
export const scheduleObjectSchema = z.object({
  id: z.string(),
  /** `DECLARATIVE`: the `cron` of a `schedules.task`. `IMPERATIVE`: made by `schedules.create`. */
  type: z.enum(SCHEDULE_TYPES),
  task: z.string(),
  active: z.boolean(),
  deduplicationKey: z.string().nullish(),
  externalId: z.string().nullish(),
  /** The pattern, and what it says in words. */
  generator: generatorSchema,
  timezone: z.string(),
  /** Within how much time after a tick its run starts. Absent for the tick itself. */
  window: z.string().optional(),
  catchUp: z.enum(CATCH_UPS),
  overlap: z.enum(OVERLAPS),
  /** The next tick; null for a schedule that is not active. */
  nextRun: dateSchema.nullish(),
  /** When the run of that tick starts: later than it only with a `window`. */
  nextRunEffectiveAt: dateSchema.nullish(),
  /** Empty: a deployment is one environment. */
  environments: z.array(z.object({ id: z.string(), type: z.string(), userName: z.string().nullish() })),
});
export type ScheduleObject = z.output<typeof scheduleObjectSchema>;

export const schedulePageSchema = z.object({
  data: z.array(scheduleObjectSchema),
  pagination: z.object({
    currentPage: z.number(),
    totalPages: z.number(),
    count: z.number(),
    /** What the list goes on after, whatever is made and deleted meanwhile. Absent on the last page. */
    next: z.string().optional(),
  }),
});
export type SchedulePage = z.output<typeof schedulePageSchema>;

/** A page that was asked for by what it comes after: it has no number, and nothing is counted for it. */
export const scheduleStretchSchema = z.object({
  data: z.array(scheduleObjectSchema),
  pagination: z.object({ next: z.string().optional() }),
});
export type ScheduleStretch = z.output<typeof scheduleStretchSchema>;

export const deletedScheduleSchema = z.object({ id: z.string() });
export const timezonesSchema = z.object({ timezones: z.array(z.string()) });

/** Pages of a list are numbered from 1. */
export interface ListSchedulesQuery {
  readonly page?: number;
  readonly perPage?: number;
}

export const SCHEDULE_PAGE_LIMITS = { page: 1_000_000, perPage: 100, defaultPerPage: 20 } as const;
