import type { z } from "zod";
import type { ScheduleDoor } from "./schedule-door.ts";
import {
  deletedScheduleSchema,
  scheduleObjectSchema,
  schedulePageSchema,
  scheduleStretchSchema,
  timezonesSchema,
} from "./schedule-wire.ts";

const PATH = "/api/v1/schedules";

/** Makes a request and reads the answer. */
export type Ask = <T>(method: string, path: string, schema: z.ZodType<T>, body?: object) => Promise<T>;

/** Schedules over HTTP. */
export function httpSchedules(ask: Ask): ScheduleDoor {
  const at = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;
  return {
    create: (options) => ask("POST", PATH, scheduleObjectSchema, options),
    retrieve: (id) => ask("GET", at(id), scheduleObjectSchema),
    list: (query) => ask("GET", `${PATH}?${parametersOf(query)}`, schedulePageSchema),
    listAfter: (after, query) => ask("GET", `${PATH}?${parametersOf({ ...query, after })}`, scheduleStretchSchema),
    update: (id, options) => ask("PUT", at(id), scheduleObjectSchema, options),
    setActive: (id, isActive) => ask("POST", `${at(id)}/${isActive ? "activate" : "deactivate"}`, scheduleObjectSchema),
    delete: (id) => ask("DELETE", at(id), deletedScheduleSchema),
    timezones: (excludeUtc) => ask("GET", `/api/v1/timezones${excludeUtc ? "?excludeUtc=true" : ""}`, timezonesSchema),
  };
}

function parametersOf(query: object): URLSearchParams {
  return new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
}
