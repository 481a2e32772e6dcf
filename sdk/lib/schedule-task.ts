import { callSite } from "./call-site.ts";
import type { RunParameters, ScheduleDeclaration, TaskRetry } from "./definition.ts";
import { RunletError } from "./errors.ts";
import { HOOK_NAMES, type TaskHooks } from "./hooks.ts";
import type { TaskQueue } from "./queue.ts";
import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";
import type { CatchUp, Overlap, ScheduleType } from "./schedule-wire.ts";
import { readHooks } from "./task-options.ts";
import { buildTask } from "./task.ts";
import type { Task } from "./task-types.ts";

/** What the run of a tick is given. */
export interface ScheduledTaskPayload {
  /** The schedule: `schedules.retrieve(payload.scheduleId)`. */
  readonly scheduleId: string;
  /** `DECLARATIVE`: the `cron` of the task. `IMPERATIVE`: made by `schedules.create`. */
  readonly type: ScheduleType;
  /** The time of the pattern, to the minute: not when the run started. */
  readonly timestamp: Date;
  /** The tick before it that came to a run. Absent for the first. */
  readonly lastTimestamp?: Date | undefined;
  /** The time zone of the schedule: `payload.timestamp.toLocaleString("en", { timeZone: payload.timezone })`. */
  readonly timezone: string;
  /** That of the schedule. */
  readonly externalId?: string | undefined;
  /** The ten ticks after this one. */
  readonly upcoming: readonly Date[];
}

/** When: a pattern of five fields in UTC, or with a time zone and a window. */
export type CronOption =
  | string
  | {
      readonly pattern: string;
      /** By its IANA name. Default "UTC". */
      readonly timezone?: string;
      /** Within how much time after its tick each run starts, as for `schedules.create`. Default: at the tick itself. */
      readonly window?: string;
    };

/** What `schedules.task()` takes: as `task()`, with a schedule. */
export interface ScheduleTaskOptions<Id extends string, Output> extends TaskHooks<
  ScheduledTaskPayload,
  NoInfer<Output>
> {
  /** Names the task within the deployment: 1-128 of the characters A-Z a-z 0-9 _ . / : - */
  readonly id: Id;
  /**
   * When it runs. The schedule is live with the deployment of the code, and gone with one that has it no more. Default: only by
   * schedules that `schedules.create` makes, and by triggers.
   */
  readonly cron?: CronOption;
  /** What becomes of missed ticks, as for `schedules.create`. Default "latest". */
  readonly catchUp?: CatchUp;
  /** What becomes of a tick while an earlier run is under way, as for `schedules.create`. Default "allow". */
  readonly overlap?: Overlap;
  /** For people. */
  readonly description?: string;
  /** When and how often a failed attempt is tried again. Default: three attempts in all. */
  readonly retry?: TaskRetry;
  /** As in `task()`. */
  readonly ttl?: string | number;
  /** As in `task()`. */
  readonly maxDuration?: number;
  /** As in `task()`. */
  readonly queue?: TaskQueue;
  /** The work, as in `task()`. */
  readonly run: (payload: ScheduledTaskPayload, parameters: RunParameters) => Output | Promise<Output>;
}

/**
 * Defines a task that schedules run. It can be triggered like any other, with such a payload.
 *
 * Throws a `RunletError` as `task()` does. A pattern or time zone that cannot be used is refused when the Worker starts.
 */
export function scheduleTask<Id extends string, Output = unknown>(
  options: ScheduleTaskOptions<Id, Output>,
): Task<Id, ScheduledTaskPayload, Output> {
  refuseUnknownKeys(options, "schedules.task()", [
    "id",
    "cron",
    "catchUp",
    "overlap",
    "description",
    "retry",
    "ttl",
    "maxDuration",
    "queue",
    "run",
    ...HOOK_NAMES,
  ]);
  const { run, id, catchUp, overlap } = options;
  return buildTask<Id, ScheduledTaskPayload, Output>(options, callSite(scheduleTask), readHooks(options, id), {
    execute: async (payload, parameters) => run(payload as ScheduledTaskPayload, parameters),
    schedule: {
      ...(options.cron === undefined ? {} : { cron: readCron(options.cron, id) }),
      ...(catchUp === undefined ? {} : { catchUp }),
      ...(overlap === undefined ? {} : { overlap }),
    },
  });
}

function readCron(cron: CronOption, taskId: string): NonNullable<ScheduleDeclaration["cron"]> {
  if (typeof cron === "string") return { pattern: cron };
  if (typeof cron === "object" && cron !== null && typeof cron.pattern === "string") {
    refuseUnknownKeys(cron, `cron of task "${taskId}"`, ["pattern", "timezone", "window"]);
    return cron;
  }
  throw new RunletError(`cron of task "${taskId}" must be a pattern such as "0 * * * *", or { pattern, timezone }.`);
}
