import type {
  CatchUp,
  ListSchedulesQuery,
  Overlap,
  ScheduleObject,
  SchedulePage,
  ScheduleStretch,
} from "./schedule-wire.ts";

/** What a schedule that exists is to do anew. All of it counts: what is left out is its default, where nothing else is said. */
export interface ScheduleUpdate {
  /** The id of a task of `schedules.task`. */
  readonly task: string;
  /**
   * Five fields: minute, hour, day of the month, month, day of the week. Each takes `*`, numbers or names, ranges, steps and lists
   * of these; `L` is the last day of the month, `5L` its last Friday, `5#2` its second. With both days given, either counts.
   */
  readonly cron: string;
  /** By its IANA name. Default "UTC". */
  readonly timezone?: string | undefined;
  /** 1-512 characters of your own, such as the id of a user: each run gets it. */
  readonly externalId?: string | undefined;
  /**
   * Within how much time after its tick each run starts: "30m", "2h" (24 hours at most), or "25%" of the time to the next tick. The
   * while is the same at each tick and follows from the schedule's id. Default: at the tick itself.
   */
  readonly window?: string | undefined;
  /**
   * What becomes of ticks that are missed, which is that the platform comes to them a minute or more after their time: `none` of
   * them runs, the `latest` does, or `all` do, the newest hundred. Default: that of the task; for an update, as it is.
   */
  readonly catchUp?: CatchUp | undefined;
  /**
   * What becomes of a tick while the run of an earlier one is under way: `allow` starts it beside, `skip` leaves it out, `queue` has it wait
   * (a hundred at most, the newest), `cancel-running` cancels that run first. Default: that of the task; for an update, as it is.
   */
  readonly overlap?: Overlap | undefined;
}

/** A schedule to be made. */
export interface ScheduleOptions extends ScheduleUpdate {
  /** 1-512 characters. A second schedule with this key is the first one, which from then on does what the second is to do. */
  readonly deduplicationKey: string;
}

/** What the SDK asks of a platform about schedules. */
export interface ScheduleDoor {
  create(options: ScheduleOptions): Promise<ScheduleObject>;
  retrieve(id: string): Promise<ScheduleObject>;
  list(query: ListSchedulesQuery): Promise<SchedulePage>;
  /** What comes after the page that gave this as its `next`. */
  listAfter(next: string, query: Pick<ListSchedulesQuery, "perPage">): Promise<ScheduleStretch>;
  update(id: string, options: ScheduleUpdate): Promise<ScheduleObject>;
  setActive(id: string, isActive: boolean): Promise<ScheduleObject>;
  delete(id: string): Promise<{ readonly id: string }>;
  timezones(excludeUtc: boolean): Promise<{ readonly timezones: readonly string[] }>;
}
