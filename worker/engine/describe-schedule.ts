import type { ScheduleObject } from "../../sdk/lib/schedule-wire.ts";
import type { RunObject } from "../../sdk/lib/wire.ts";
import type { CronTimes } from "../core/cron.ts";
import type { RunSchedule } from "../core/run.ts";
import type { ScheduleState } from "./schedule-api.ts";

/** A schedule as the API shows it. */
export function describeSchedule(id: string, { spec, isActive, next }: ScheduleState): ScheduleObject {
  const { type, task, timezone, window, catchUp, overlap, externalId, deduplicationKey } = spec;
  return {
    ...{ id, type, task, active: isActive },
    ...(deduplicationKey === undefined ? {} : { deduplicationKey }),
    ...(externalId === undefined ? {} : { externalId }),
    generator: generatorOf(spec),
    ...{ timezone, catchUp, overlap },
    ...(window === undefined ? {} : { window }),
    nextRun: next === undefined ? null : new Date(next.at),
    nextRunEffectiveAt: next === undefined ? null : new Date(next.due),
    environments: [],
  };
}

/** The schedule that a run is of. */
export function describeRunSchedule(schedule: RunSchedule): NonNullable<RunObject["schedule"]> {
  const { id, externalId, deduplicationKey } = schedule;
  return {
    id,
    ...(externalId === undefined ? {} : { externalId }),
    ...(deduplicationKey === undefined ? {} : { deduplicationKey }),
    generator: generatorOf(schedule),
  };
}

function generatorOf({ cron, timezone }: CronTimes): ScheduleObject["generator"] {
  return { type: "CRON", expression: cron, description: `${cron}, in the time zone ${timezone}` };
}
