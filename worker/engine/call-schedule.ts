import type { Env } from "../env.ts";
import { insist } from "./insist.ts";
import type { RosterApi, ScheduleApi } from "./schedule-api.ts";

const ROSTER = "roster";

/** The object of the schedule that the code declares for a task. */
export function declaredSchedule(env: Env, task: string): DurableObjectId {
  return env.SCHEDULE_KEEPER.idFromName(`declared:${task}`);
}

/** The object of the schedule with a deduplication key. */
export function keyedSchedule(env: Env, key: string): DurableObjectId {
  return env.SCHEDULE_KEEPER.idFromName(`key:${key}`);
}

/** Calls the object of a schedule, as `insist` does. */
export function callSchedule<T>(
  env: Env,
  object: DurableObjectId,
  call: (schedule: ScheduleApi) => Promise<T>,
): Promise<T> {
  return insist("The schedule", () => call(env.SCHEDULE_KEEPER.get(object)));
}

/** Calls the object that knows the schedules of the code, as `insist` does. */
export function callRoster<T>(env: Env, call: (roster: RosterApi) => Promise<T>): Promise<T> {
  return insist("The roster of schedules", () => call(env.SCHEDULE_ROSTER.getByName(ROSTER)));
}

/** Tells a schedule, by its object's id, that the run of a tick has ended. */
export function tellSchedule(env: Env, object: string, at: number): Promise<void> {
  return callSchedule(env, env.SCHEDULE_KEEPER.idFromString(object), (schedule) => schedule.runEnded(at));
}
