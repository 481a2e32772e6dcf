import { OWN_ROOT } from "../core/address.ts";
import { encodeGroup, formatId, formatScheduleId } from "../core/ids.ts";
import type { Schedule, Tick } from "../core/schedule.ts";
import {
  deedsOf,
  dueOfSchedule,
  ended,
  hindered,
  isGone,
  notToldList,
  owesList,
  refused,
  started,
  toldList,
  wake,
} from "../core/schedule-machine.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { deployment } from "../engine/deployment.ts";
import { LocalEngine } from "../engine/local-engine.ts";
import { healSchedules } from "../engine/sync-schedules.ts";
import { runOfTick, tickGroupName } from "../engine/tick-run.ts";
import type { Env } from "../env.ts";
import { removeGhost, removeSchedule, writeSchedule } from "../storage/schedule-index.ts";
import { StateRow } from "../storage/state-row.ts";

const AFTER_FAILURE_MS = 5_000;
/** Runs that are made, or canceled, side by side. */
const AT_ONCE = 10;
/** A tick waits no longer than this for the schedules of the code. */
const SYNC_PATIENCE_MS = 2_000;

type Verb<S> = (schedule: S, now: number) => Schedule;

/** What a loaded schedule holds beside its database. All of it can be lost at any time. */
export class ScheduleMemory {
  readonly id: string;
  /** Gives the time in ms. Tests put another clock here. */
  clock: () => number = () => Date.now();
  private env: Env;
  private readonly ctx: DurableObjectState;
  private readonly object: string;
  private readonly row: StateRow<Schedule>;
  private schedule: Schedule | undefined;
  private alarmAt: number | null = null;
  /** Ticks that something is being done about. */
  private readonly underWay = new Set<number>();
  private writing: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx;
    this.env = env;
    this.object = ctx.id.toString();
    this.id = formatScheduleId(this.object);
    this.row = new StateRow(ctx.storage.sql);
  }

  async load(): Promise<void> {
    this.schedule = this.row.read();
    if (this.schedule === undefined) return;
    this.alarmAt = await this.ctx.storage.getAlarm();
    if (this.alarmAt !== null && this.alarmAt <= this.clock()) this.setAlarm(this.clock() + 1);
  }

  /** Undefined for a schedule that never was, or is removed. */
  get known(): Schedule | undefined {
    return this.schedule?.isRemoved === true ? undefined : this.schedule;
  }

  /** One turn: state and alarm in one block. What does not change is not written. */
  turn(verb: Verb<Schedule | undefined>): Schedule {
    const { schedule: before, alarmAt } = this;
    const after = verb(before, this.clock());
    if (after === before) return after;
    try {
      this.ctx.storage.transactionSync(() => {
        if (before === undefined) this.row.create(after);
        else this.row.write(after);
        this.arm(after);
      });
    } catch (error) {
      this.alarmAt = alarmAt;
      throw error;
    }
    this.schedule = after;
    return after;
  }

  turnIfKnown(verb: Verb<Schedule>): void {
    const { schedule } = this;
    if (schedule !== undefined) this.turn((_, now) => verb(schedule, now));
  }

  /** A change from outside: it is in the list when this is through, unless the list is away. */
  async settle(verb: Verb<Schedule | undefined>): Promise<Schedule> {
    const changed = this.turn(verb);
    this.carryOn();
    await this.tell();
    await this.leave();
    return changed;
  }

  /** What the alarm does. Never throws: an alarm that fails too often is dropped by the platform. */
  async wake(): Promise<void> {
    this.alarmAt = null;
    if (this.schedule === undefined) return;
    try {
      if (this.isOfCode && this.hasTick) await this.askForCode();
      this.takeTicks();
      await this.carry();
      if ((this.schedule?.tellDue ?? Infinity) <= this.clock()) await this.tell();
      await this.leave();
      if (this.schedule !== undefined && this.alarmAt === null) this.arm(this.schedule);
    } catch (error) {
      console.error("runlet: the alarm of a schedule failed and will be tried again", error);
      this.setAlarm(this.clock() + AFTER_FAILURE_MS);
    }
  }

  /** Begins what is owed of ticks, and does not wait for it. What storage refuses here is left for the alarm. */
  carryOn(): void {
    this.carry().catch((error: unknown) => {
      console.warn(`runlet: schedule ${this.id} could not carry out its ticks; its alarm will`, error);
    });
  }

  /** Does what is owed of ticks: what was not tried yet, and what is to be tried again. */
  private async carry(): Promise<void> {
    const work = async (): Promise<void> => {
      for (let tick = this.nextDeed(); tick !== undefined; tick = this.nextDeed()) {
        this.underWay.add(tick.at);
        try {
          await this.carryOne(tick);
        } finally {
          this.underWay.delete(tick.at);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  private nextDeed(): Tick | undefined {
    const { schedule } = this;
    if (schedule === undefined) return undefined;
    const now = this.clock();
    return deedsOf(schedule).find(({ at, tries, due }) => !this.underWay.has(at) && (tries === 0 || due <= now));
  }

  private async carryOne(tick: Tick): Promise<void> {
    const { at, phase } = tick;
    try {
      if (phase === "owed") await this.start(tick);
      else await this.cancel(tick);
    } catch (error) {
      if (!isRefusal(error)) {
        console.warn(`runlet: a tick of schedule ${this.id} could not be carried out; it will be tried again`, error);
        this.turnIfKnown((schedule, now) => hindered(schedule, at, now));
        return;
      }
      // A run that is not there needs no end.
      if (phase === "owed") {
        const time = new Date(at).toISOString();
        console.warn(`runlet: schedule ${this.id} skips its tick of ${time}: ${error.message}`);
      }
      this.turnIfKnown((schedule, now) => (phase === "owed" ? refused : ended)(schedule, at, now));
    }
  }

  private async start(tick: Tick): Promise<void> {
    const { schedule } = this;
    if (schedule === undefined) return;
    await this.engine.startTick(runOfTick(this.id, this.object, schedule, tick));
    this.turnIfKnown((known, now) => started(known, tick.at, now));
  }

  private async cancel({ at }: Tick): Promise<void> {
    const group = this.env.RUN_GROUP.idFromName(tickGroupName(this.object, at));
    await this.engine.cancelRun(formatId("run", encodeGroup(group.toString()), OWN_ROOT));
    this.turnIfKnown((schedule, now) => ended(schedule, at, now));
  }

  private get engine(): LocalEngine {
    return new LocalEngine(this.env, deployment(), "schedule", false);
  }

  private get isOfCode(): boolean {
    return this.schedule?.spec.type === "DECLARATIVE";
  }

  private get hasTick(): boolean {
    return (this.schedule?.next?.due ?? Infinity) <= this.clock();
  }

  private takeTicks(): void {
    this.turnIfKnown((before, now) => {
      const { schedule, isCut } = wake(before, now);
      if (isCut) console.warn(`runlet: schedule ${this.id} has missed more ticks than it can catch up with`);
      return schedule;
    });
  }

  /** A schedule that the code does not declare any more is not to tick once more, whichever version has declared it since. */
  private async askForCode(): Promise<void> {
    await Promise.race([healSchedules(this.env, deployment()), scheduler.wait(SYNC_PATIENCE_MS)]);
  }

  /**
   * Takes what the list has of a schedule that is not there out of it: a write may have come to it after the schedule was gone. Whether
   * there was anything, as far as the list can be reached. What is made meanwhile is written after that.
   */
  async forget(): Promise<boolean> {
    let isFound = false;
    await this.inTurn(async () => {
      if (this.schedule !== undefined) return;
      try {
        isFound = await removeGhost(this.env.RUN_INDEX, this.id, this.clock());
      } catch (error) {
        console.warn("runlet: whether the list has a schedule that is gone could not be looked up", error);
      }
    });
    return isFound;
  }

  /** Writes into the list what that is owed. */
  private tell(): Promise<void> {
    return this.inTurn(() => this.write());
  }

  /** The list is written to by one after the other, so that what is written last is what counts. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.writing = this.writing.then(work, work);
    return this.writing;
  }

  private async write(): Promise<void> {
    const { schedule } = this;
    if (schedule === undefined || !owesList(schedule)) return;
    const { version, createdAt, spec, isActive, isRemoved } = schedule;
    const { id } = this;
    try {
      if (isRemoved === true) await removeSchedule(this.env.RUN_INDEX, { id, createdAt, version });
      else await writeSchedule(this.env.RUN_INDEX, { id, createdAt, spec, isActive, version });
    } catch (error) {
      console.warn("runlet: the list does not know of a schedule yet; it will be told again", error);
      this.turnIfKnown(notToldList);
      return;
    }
    this.turnIfKnown((known, now) => toldList(known, version, now));
  }

  /** Deletes a schedule that is removed, and known to be so. */
  private async leave(): Promise<void> {
    if (this.schedule === undefined || !isGone(this.schedule)) return;
    this.schedule = undefined;
    this.alarmAt = null;
    await this.ctx.blockConcurrencyWhile(() => this.ctx.storage.deleteAll());
  }

  private arm(schedule: Schedule): void {
    const now = this.clock();
    const due = dueOfSchedule(schedule, { ticks: this.underWay, now, again: now + AFTER_FAILURE_MS });
    if (due !== undefined) this.setAlarm(Math.max(due, now + 1));
    else if (this.alarmAt !== null) {
      this.alarmAt = null;
      void this.ctx.storage.deleteAlarm();
    }
  }

  private setAlarm(at: number): void {
    if (at === this.alarmAt) return;
    this.alarmAt = at;
    void this.ctx.storage.setAlarm(at);
  }
}

/** What will be refused again. */
function isRefusal(error: unknown): error is RunletApiError {
  return error instanceof RunletApiError && error.status >= 400 && error.status < 500;
}
