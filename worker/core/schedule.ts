import type { ScheduleType, CatchUp, Overlap } from "../../sdk/lib/schedule-wire.ts";

/** What a schedule is to do. */
export interface ScheduleSpec {
  readonly type: ScheduleType;
  readonly task: string;
  readonly cron: string;
  readonly timezone: string;
  /** Within how much time after its tick a run starts: "30m", "2h", "25%". Absent for the tick itself. */
  readonly window?: string;
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
  readonly externalId?: string;
  readonly deduplicationKey?: string;
}

/** A schedule as its object knows it. Times in ms. */
export interface Schedule {
  readonly spec: ScheduleSpec;
  readonly isActive: boolean;
  /** It is to be taken out of the list, and then is gone. */
  readonly isRemoved?: true;
  readonly createdAt: number;
  /** Its place in a window, 0 to 1. */
  readonly fraction: number;
  /** The tick that is next, of one that is active. */
  readonly next?: NextTick;
  /** The last tick that came to a run. */
  readonly last?: number;
  /** Ticks that have come, in their order, and are not done with. */
  readonly ticks: readonly Tick[];
  /** Grows with what the list shows, over deletions too. */
  readonly version: number;
  /** The version that the list has; and for what it has not, how often it was told in vain and when it is to be told. */
  readonly told: number;
  readonly tellTries: number;
  readonly tellDue: number;
}

export interface NextTick {
  /** The time of the pattern. */
  readonly at: number;
  /** When its run starts. */
  readonly due: number;
}

/** A tick that has come: it is named by its time. */
export interface Tick {
  readonly at: number;
  /**
   * `waiting`: others go first. `owed`: its run is to be made. `running`: that is under way. `ending`: it is to be canceled.
   */
  readonly phase: "waiting" | "owed" | "running" | "ending";
  /** The tick before it that came to a run. */
  readonly last?: number;
  /** Its run tells of its end. */
  readonly isTracked: boolean;
  /** How often what is owed of it was tried in vain, and when it is to be tried. */
  readonly tries: number;
  readonly due: number;
}
