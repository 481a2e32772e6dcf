import { DurableObject } from "cloudflare:workers";
import type { Schedule, ScheduleSpec } from "../core/schedule.ts";
import { activate, deactivate, ended, newSchedule, remove, respecify } from "../core/schedule-machine.ts";
import { fractionOf } from "../core/schedule-window.ts";
import type { ScheduleApi, ScheduleChange, ScheduleState } from "../engine/schedule-api.ts";
import type { Env } from "../env.ts";
import { ScheduleMemory } from "./schedule-memory.ts";

/**
 * A schedule: what it does, and its next tick. Its alarm is the tick: it stores that a run is owed, then has it made. Its name is the
 * task of the code that declares it, or its deduplication key.
 */
export class ScheduleKeeper extends DurableObject<Env> implements ScheduleApi {
  private readonly memory: ScheduleMemory;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.memory = new ScheduleMemory(ctx, env);
    void ctx.blockConcurrencyWhile(() => this.memory.load());
  }

  async set(spec: ScheduleSpec): Promise<ScheduleState> {
    const fraction = fractionOf(this.memory.id);
    const set = await this.memory.settle((schedule, now) =>
      schedule === undefined ? newSchedule(spec, fraction, now) : respecify(schedule, spec, now),
    );
    return stateOf(set);
  }

  async change(change: ScheduleChange): Promise<ScheduleState | null> {
    return this.changeKnown(({ spec, ...schedule }, now) => {
      const { type, catchUp, overlap, deduplicationKey } = spec;
      const key = deduplicationKey === undefined ? {} : { deduplicationKey };
      return respecify({ spec, ...schedule }, { type, catchUp, overlap, ...key, ...change }, now);
    });
  }

  async setActive(isActive: boolean): Promise<ScheduleState | null> {
    return this.changeKnown(isActive ? activate : deactivate);
  }

  async describe(): Promise<ScheduleState | null> {
    const { known } = this.memory;
    return known === undefined ? null : stateOf(known);
  }

  async remove(): Promise<boolean> {
    if (this.memory.known === undefined) return this.memory.forget();
    await this.changeKnown(remove);
    return true;
  }

  async runEnded(at: number): Promise<void> {
    this.memory.turnIfKnown((schedule, now) => ended(schedule, at, now));
    this.memory.carryOn();
  }

  override async alarm(): Promise<void> {
    await this.memory.wake();
  }

  private async changeKnown(verb: (schedule: Schedule, now: number) => Schedule): Promise<ScheduleState | null> {
    const { known } = this.memory;
    if (known === undefined) return null;
    return stateOf(await this.memory.settle((_, now) => verb(known, now)));
  }
}

function stateOf({ spec, isActive, next }: Schedule): ScheduleState {
  return { spec, isActive, ...(next === undefined ? {} : { next }) };
}
