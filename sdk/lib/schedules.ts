import { makeOnce } from "./make-once.ts";
import { NumberedPromise } from "./numbered-list.ts";
import { currentSurroundings } from "./pass-context.ts";
import { readQueuePage } from "./queue-query.ts";
import type { ScheduleOptions, ScheduleUpdate } from "./schedule-door.ts";
import { scheduleTask } from "./schedule-task.ts";
import type { ScheduleObject } from "./schedule-wire.ts";
import { doorOf } from "./trigger.ts";

/**
 * Tasks that run at times, and their schedules. All but `task` throw a `RunletApiError`: 400 for what cannot be used, with its name, 404
 * (`schedule_not_found`) for a schedule that is not there, 401 for a bad key, 0 when the platform could not be reached in five
 * attempts. Inside a task what they make or change is made or changed once, however often the code is replayed.
 */
export const schedules = {
  task: scheduleTask,

  /**
   * Makes a schedule for a task of `schedules.task`, from now on. With a `deduplicationKey` that was used before it is the schedule of then,
   * which does this from now on, and stays deactivated if it was. Throws a `RunletApiError`: 404 (`task_not_found`), 422
   * (`not_a_scheduled_task`).
   */
  async create(options: ScheduleOptions): Promise<ScheduleObject> {
    return makeOnce("schedules.create", (door) => door.schedules.create(options));
  },

  /** The schedule as it is now. */
  async retrieve(scheduleId: string): Promise<ScheduleObject> {
    return doorOf(currentSurroundings()).schedules.retrieve(scheduleId);
  },

  /**
   * The schedules of the deployment, those of the code among them, the newest first. Awaited, it gives one page; iterated with `for await`,
   * all schedules of all pages: each that is there all the while once, also where they are deleted on the way. `page` starts at 1;
   * `perPage` is 1-100, by default 20.
   */
  list(
    options: { readonly page?: number | undefined; readonly perPage?: number | undefined } = {},
  ): NumberedPromise<ScheduleObject> {
    const { page: first, ...query } = readQueuePage(options);
    const door = doorOf(currentSurroundings());
    return new NumberedPromise(
      (page) => door.schedules.list({ ...query, ...(page === undefined ? {} : { page }) }),
      first,
      (next) => door.schedules.listAfter(next, query),
    );
  },

  /**
   * Has a schedule do this from now on. Throws a `RunletApiError` (422, `schedule_declared`) for one that the code declares: change it
   * there.
   */
  async update(scheduleId: string, options: ScheduleUpdate): Promise<ScheduleObject> {
    return makeOnce("schedules.update", (door) => door.schedules.update(scheduleId, options));
  },

  /** Has a deactivated schedule tick again, from now on: what it would have done meanwhile is not missed. */
  async activate(scheduleId: string): Promise<ScheduleObject> {
    return makeOnce("schedules.activate", (door) => door.schedules.setActive(scheduleId, true));
  },

  /** Has a schedule tick no more until it is activated. Runs go on. It stays so through deploys. */
  async deactivate(scheduleId: string): Promise<ScheduleObject> {
    return makeOnce("schedules.deactivate", (door) => door.schedules.setActive(scheduleId, false));
  },

  /** Deletes a schedule. Runs go on. Throws a `RunletApiError` (422, `schedule_declared`) for one that the code declares. */
  async del(scheduleId: string): Promise<{ readonly id: string }> {
    return makeOnce("schedules.del", (door) => door.schedules.delete(scheduleId));
  },

  /** The time zones that a schedule may have, "UTC" first. */
  async timezones(options: { readonly excludeUtc?: boolean } = {}): Promise<{ readonly timezones: readonly string[] }> {
    return doorOf(currentSurroundings()).schedules.timezones(options.excludeUtc === true);
  },
};
