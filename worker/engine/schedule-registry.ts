import type { TaskDefinition } from "../../sdk/lib/definition.ts";
import { RunletApiError, RunletError } from "../../sdk/lib/errors.ts";
import { CATCH_UPS, OVERLAPS } from "../../sdk/lib/schedule-wire.ts";
import type { ScheduleSpec } from "../core/schedule.ts";
import { readCron, readOneOf, readTimezone, readWindow } from "./read-schedule.ts";

type Policies = Pick<ScheduleSpec, "catchUp" | "overlap">;

/** The schedules that the code declares, and the tasks that take what a schedule gives them. */
export class ScheduleRegistry {
  /** In the order of their tasks. */
  readonly declared: readonly ScheduleSpec[];
  private readonly policies: ReadonlyMap<string, Policies>;

  /** Throws a `RunletError` that names the task and what is wrong with its schedule. */
  constructor(tasks: readonly TaskDefinition[]) {
    const policies = new Map<string, Policies>();
    const declared: ScheduleSpec[] = [];
    for (const { id, schedule } of tasks) {
      if (schedule === undefined) continue;
      const spec = explain(id, () => ({
        catchUp: readOneOf("catchUp", schedule.catchUp ?? "latest", CATCH_UPS),
        overlap: readOneOf("overlap", schedule.overlap ?? "allow", OVERLAPS),
      }));
      policies.set(id, spec);
      const { cron } = schedule;
      if (cron !== undefined) declared.push(explain(id, () => ({ ...spec, ...declaredOf(id, cron) })));
    }
    this.policies = policies;
    this.declared = declared.sort((a, b) => (a.task < b.task ? -1 : 1));
  }

  /** Whether the task is one of `schedules.task`. */
  takes(task: string): boolean {
    return this.policies.has(task);
  }

  /** What counts for a schedule of the task that does not say. */
  policiesOf(task: string): Policies {
    return this.policies.get(task) ?? { catchUp: "latest", overlap: "allow" };
  }
}

type Declaration = NonNullable<NonNullable<TaskDefinition["schedule"]>["cron"]>;

function declaredOf(task: string, { pattern, timezone, window }: Declaration): Omit<ScheduleSpec, keyof Policies> {
  return {
    ...{ type: "DECLARATIVE", task, cron: readCron(pattern, Date.now()), timezone: readTimezone(timezone ?? "UTC") },
    ...(window === undefined ? {} : { window: readWindow(window) }),
  };
}

function explain<T>(task: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RunletApiError)) throw error;
    throw new RunletError(`The schedule of task "${task}" cannot be used. ${error.message}`);
  }
}
