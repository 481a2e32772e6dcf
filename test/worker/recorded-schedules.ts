import type { ScheduleDoor } from "../../sdk/lib/schedule-door.ts";
import type { ScheduleObject } from "../../sdk/lib/schedule-wire.ts";

const TIME = new Date("2026-06-01T12:00:00.000Z");

const SCHEDULE: ScheduleObject = {
  ...{ id: "sched_1", type: "IMPERATIVE", task: "report", active: true, deduplicationKey: "ada" },
  generator: { type: "CRON", expression: "0 * * * *", description: "every hour" },
  ...{ timezone: "UTC", catchUp: "latest", overlap: "allow" },
  ...{ nextRun: TIME, nextRunEffectiveAt: TIME, environments: [] },
};

/** Writes down what it is asked of schedules and answers the same each time. */
export function recordedSchedules(record: (...call: unknown[]) => void): ScheduleDoor {
  const answer = (method: string, ...parameters: unknown[]): ScheduleObject => {
    record(`schedules.${method}`, ...parameters);
    return SCHEDULE;
  };
  return {
    create: async (options) => answer("create", options),
    retrieve: async (id) => answer("retrieve", id),
    list: async (query) => ({
      data: [answer("list", query)],
      pagination: { currentPage: 1, totalPages: 1, count: 1 },
    }),
    listAfter: async (next, query) => ({ data: [answer("listAfter", next, query)], pagination: {} }),
    update: async (id, options) => answer("update", id, options),
    setActive: async (id, isActive) => answer("setActive", id, isActive),
    delete: async (id) => ({ id: answer("delete", id) && id }),
    timezones: async (excludeUtc) => ({ timezones: [answer("timezones", excludeUtc).timezone] }),
  };
}
