import type { NextTick, ScheduleSpec } from "../core/schedule.ts";

/** What a schedule is to do anew; how it catches up and overlaps stays as it is where that is left out. */
export type ScheduleChange = Omit<ScheduleSpec, "type" | "deduplicationKey" | "catchUp" | "overlap"> &
  Partial<Pick<ScheduleSpec, "catchUp" | "overlap">>;

/** A schedule as its object tells of it. */
export interface ScheduleState {
  readonly spec: ScheduleSpec;
  readonly isActive: boolean;
  readonly next?: NextTick;
}

/** What the object of a schedule answers to. Every call may be made twice. */
export interface ScheduleApi {
  /** Makes the schedule, or has the one that is there do this from now on. */
  set(spec: ScheduleSpec): Promise<ScheduleState>;
  /** Null when there is no such schedule; so below. */
  change(change: ScheduleChange): Promise<ScheduleState | null>;
  setActive(isActive: boolean): Promise<ScheduleState | null>;
  describe(): Promise<ScheduleState | null>;
  /** False when there is no such schedule, and the list had none either. */
  remove(): Promise<boolean>;
  /** The run of the tick at this time has ended. */
  runEnded(at: number): Promise<void>;
}

/** What the object answers to that knows the schedules of the code. */
export interface RosterApi {
  /** Whether these are the schedules that it has had last; by their hash, empty for none. */
  knows(hash: string): Promise<boolean>;
  /** From now on these are the schedules of the code: tells those that are new, changed or gone. */
  declare(hash: string, specs: readonly ScheduleSpec[]): Promise<void>;
}
