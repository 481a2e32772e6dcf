import type { ScheduleDoor, ScheduleOptions, ScheduleUpdate } from "../../sdk/lib/schedule-door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import {
  SCHEDULE_PAGE_LIMITS,
  type ListSchedulesQuery,
  type ScheduleObject,
  type SchedulePage,
  type ScheduleStretch,
} from "../../sdk/lib/schedule-wire.ts";
import { formatScheduleId, parseScheduleId } from "../core/ids.ts";
import { fractionOf, nextStart } from "../core/schedule-window.ts";
import type { Env } from "../env.ts";
import { readSchedules, readSchedulesAfter, type ScheduleRow, type ScheduleRows } from "../storage/schedule-index.ts";
import { breath } from "./breath.ts";
import { callSchedule, keyedSchedule } from "./call-schedule.ts";
import { describeSchedule } from "./describe-schedule.ts";
import { decodeCursor, encodeCursor } from "./list-cursor.ts";
import { readSchedule, readScheduleChange } from "./read-schedule.ts";
import type { Registry } from "./registry.ts";
import type { ScheduleApi, ScheduleState } from "./schedule-api.ts";
import { syncSchedules } from "./sync-schedules.ts";

/** Schedules from within the Worker. */
export class Schedules implements ScheduleDoor {
  private readonly env: Env;
  private readonly registry: Registry;

  constructor(env: Env, registry: Registry) {
    this.env = env;
    this.registry = registry;
  }

  async create(options: ScheduleOptions): Promise<ScheduleObject> {
    const spec = readSchedule(options, this.registry, Date.now());
    const object = keyedSchedule(this.env, spec.deduplicationKey ?? "");
    const state = await callSchedule(this.env, object, (schedule) => schedule.set(spec));
    return describeSchedule(formatScheduleId(object.toString()), state);
  }

  retrieve(id: string): Promise<ScheduleObject> {
    return this.ask(id, (schedule) => schedule.describe());
  }

  /** Throws a `RunletApiError` (422, `schedule_declared`) for a schedule of the code. */
  async update(id: string, options: ScheduleUpdate): Promise<ScheduleObject> {
    const change = readScheduleChange(options, this.registry, Date.now());
    requireImperative(await this.retrieve(id), "changed");
    return this.ask(id, (schedule) => schedule.change(change));
  }

  setActive(id: string, isActive: boolean): Promise<ScheduleObject> {
    return this.ask(id, (schedule) => schedule.setActive(isActive));
  }

  /** As `update`. One that is in the list only, and nowhere else, is taken out of that. */
  async delete(id: string): Promise<{ id: string }> {
    const object = this.parse(id);
    const state = await callSchedule(this.env, object, (schedule) => schedule.describe());
    if (state !== null) requireImperative(describeSchedule(id, state), "deleted");
    if (!(await callSchedule(this.env, object, (schedule) => schedule.remove()))) notFound(id);
    return { id };
  }

  /** The newest first. Those of the code are among them from the start. */
  async list({ page = 1, perPage = SCHEDULE_PAGE_LIMITS.defaultPerPage }: ListSchedulesQuery): Promise<SchedulePage> {
    await syncSchedules(this.env, this.registry, true);
    await breath();
    const found = await readSchedules(this.env.RUN_INDEX, { limit: perPage, offset: (page - 1) * perPage });
    const { count } = found;
    const totalPages = Math.max(1, Math.ceil(count / perPage));
    return { data: describeRows(found.rows), pagination: { currentPage: page, totalPages, count, ...nextOf(found) } };
  }

  /** Throws a `RunletApiError` (400, `invalid_cursor`) for what no page has given. */
  async listAfter(
    next: string,
    { perPage = SCHEDULE_PAGE_LIMITS.defaultPerPage }: Pick<ListSchedulesQuery, "perPage">,
  ): Promise<ScheduleStretch> {
    await breath();
    const found = await readSchedulesAfter(this.env.RUN_INDEX, decodeCursor("after", next), perPage);
    return { data: describeRows(found.rows), pagination: nextOf(found) };
  }

  async timezones(excludeUtc: boolean): Promise<{ timezones: string[] }> {
    const zones = Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC");
    return { timezones: excludeUtc ? zones : ["UTC", ...zones] };
  }

  private async ask(
    id: string,
    call: (schedule: ScheduleApi) => Promise<ScheduleState | null>,
  ): Promise<ScheduleObject> {
    const state = await callSchedule(this.env, this.parse(id), call);
    return describeSchedule(id, state ?? notFound(id));
  }

  /** A made-up id wakes nothing. */
  private parse(id: string): DurableObjectId {
    const object = parseScheduleId(id);
    if (object === undefined) return notFound(id);
    try {
      return this.env.SCHEDULE_KEEPER.idFromString(object);
    } catch {
      return notFound(id);
    }
  }
}

function describeRows(rows: readonly ScheduleRow[]): ScheduleObject[] {
  const now = Date.now();
  return rows.map(({ id, spec, isActive }) => {
    const next = isActive ? nextStart(spec, fractionOf(id), now) : undefined;
    return describeSchedule(id, { spec, isActive, ...(next === undefined ? {} : { next }) });
  });
}

function nextOf({ rows, hasMore }: ScheduleRows): { readonly next?: string } {
  const last = rows.at(-1);
  return hasMore && last !== undefined
    ? { next: encodeCursor({ createdAt: last.createdAt, id: last.id, turns: 0 }) }
    : {};
}

function requireImperative({ id, type, task }: ScheduleObject, what: string): void {
  if (type === "IMPERATIVE") return;
  const message =
    `The schedule "${id}" is declared by the code of the task "${task}" and can be ${what} there only. ` +
    "It can be deactivated here.";
  throw new RunletApiError(422, "schedule_declared", message);
}

function notFound(id: string): never {
  throw new RunletApiError(404, "schedule_not_found", `There is no schedule "${id}".`);
}
