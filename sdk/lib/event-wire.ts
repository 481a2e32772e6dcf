import { z } from "zod";

const dateSchema = z.string().transform((text) => new Date(text));

const EVENT_TYPES = [
  "run.triggered",
  "run.delayed",
  "run.queued",
  "run.started",
  "run.ended",
  "attempt.started",
  "attempt.completed",
  "attempt.failed",
  "retry",
  "step.completed",
  "step.failed",
  "wait.started",
  "wait.completed",
  "wait.failed",
  "trigger",
  "log",
] as const;

const eventSchema = z.object({
  at: dateSchema,
  type: z.enum(EVENT_TYPES),
  message: z.string(),
  /** The attempt that it belongs to. */
  attempt: z.number().optional(),
  /** Of a step, wait or trigger: its place in the journal. */
  key: z.string().optional(),
  /** The run or batch that is waited for or was triggered. */
  id: z.string().optional(),
  taskIdentifier: z.string().optional(),
  /** How long the step or wait took. */
  durationMs: z.number().optional(),
  status: z.string().optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
  /** Of a log line. */
  level: z.enum(["debug", "info", "warn", "error"]).optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
});

/** Something that happened to a run, and when. */
export type RunEvent = z.output<typeof eventSchema>;

export const eventPageSchema = z.object({
  events: z.array(eventSchema),
  pagination: z.object({ next: z.string().optional() }),
});
export type EventPage = z.output<typeof eventPageSchema>;

const spanSchema = z.object({
  id: z.string(),
  parentId: z.string().optional(),
  runId: z.string(),
  data: z.object({
    message: z.string(),
    taskSlug: z.string().optional(),
    startTime: dateSchema,
    /** Milliseconds; until now for what goes on. */
    duration: z.number(),
    isError: z.boolean(),
    /** It goes on. */
    isPartial: z.boolean(),
    isCancelled: z.boolean(),
    /** TRACE, or that of a log line: DEBUG, INFO, WARN, ERROR. */
    level: z.string(),
    properties: z.record(z.string(), z.unknown()).optional(),
    events: z.array(z.unknown()).optional(),
  }),
  get children() {
    return z.array(spanSchema);
  },
});

/** A run, an attempt, a step, a wait, a trigger or a log line, with all that belongs to it. */
export type TraceSpan = z.output<typeof spanSchema>;

export const traceAnswerSchema = z.object({ trace: z.object({ traceId: z.string(), rootSpan: spanSchema }) });

/** A run as a tree of spans, with the runs below it that are in its group. */
export type RunTrace = z.output<typeof traceAnswerSchema>["trace"];
