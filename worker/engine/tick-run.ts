import { encodePacket, type Packet } from "../../sdk/lib/packet.ts";
import { nextTicks } from "../core/cron.ts";
import type { RunSchedule, Waiter } from "../core/run.ts";
import type { Schedule, Tick } from "../core/schedule.ts";

/** How many of the ticks to come a run is told of. */
const UPCOMING = 10;

/** The run of a tick, to be made. */
export interface TickRun {
  readonly task: string;
  /** Of its group: it follows from the schedule and the time of the tick, so that the tick has one run. */
  readonly name: string;
  readonly payload: Packet;
  readonly schedule: RunSchedule;
  /** Where its end is to be told. */
  readonly waiter?: Waiter;
}

/** `object`: that of the schedule, whose public id is `id`. */
export function runOfTick(id: string, object: string, { spec }: Schedule, { at, last, isTracked }: Tick): TickRun {
  const payload = {
    ...{ scheduleId: id, type: spec.type, timestamp: new Date(at) },
    ...(last === undefined ? {} : { lastTimestamp: new Date(last) }),
    timezone: spec.timezone,
    ...(spec.externalId === undefined ? {} : { externalId: spec.externalId }),
    upcoming: nextTicks(spec, at, UPCOMING).map((time) => new Date(time)),
  };
  const { cron, timezone, externalId, deduplicationKey } = spec;
  const schedule = {
    ...{ id, cron, timezone },
    ...(externalId === undefined ? {} : { externalId }),
    ...(deduplicationKey === undefined ? {} : { deduplicationKey }),
  };
  return {
    ...{ task: spec.task, name: tickGroupName(object, at), schedule, payload: encodePacket(payload) },
    ...(isTracked ? { waiter: { group: object, n: String(at), isSchedule: true } } : {}),
  };
}

export function tickGroupName(object: string, at: number): string {
  return `schedule:${object}:${at}`;
}
