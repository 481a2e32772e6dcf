import { DurableObject } from "cloudflare:workers";
import { declare, notTold, told, type Roster } from "../core/roster.ts";
import type { ScheduleSpec } from "../core/schedule.ts";
import { callSchedule, declaredSchedule } from "../engine/call-schedule.ts";
import type { RosterApi } from "../engine/schedule-api.ts";
import type { Env } from "../env.ts";
import { StateRow } from "../storage/state-row.ts";

const AT_ONCE = 10;
const AFTER_FAILURE_MS = 5_000;

/** Knows the schedules of the code that is deployed, and tells their objects what they are. There is one. */
export class ScheduleRoster extends DurableObject<Env> implements RosterApi {
  private readonly row: StateRow<Roster>;
  private roster: Roster | undefined;
  /** They are told one after the other, so that what is told last is what counts. */
  private telling: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.row = new StateRow(ctx.storage.sql);
    this.roster = this.row.read();
    if (this.roster !== undefined && this.roster.owed.length > 0) this.arm(this.roster);
  }

  async knows(hash: string): Promise<boolean> {
    return hash === (this.roster?.hash ?? "");
  }

  async declare(hash: string, specs: readonly ScheduleSpec[]): Promise<void> {
    const next = declare(this.roster, hash, specs, Date.now());
    if (next === undefined || next === this.roster) return;
    this.store(next);
    await this.tellInTurn();
  }

  /** Never throws: an alarm that fails too often is dropped by the platform. */
  override async alarm(): Promise<void> {
    try {
      await this.tellInTurn();
    } catch (error) {
      console.error("runlet: the alarm of the roster of schedules failed and will be tried again", error);
      void this.ctx.storage.setAlarm(Date.now() + AFTER_FAILURE_MS);
    }
  }

  private tellInTurn(): Promise<void> {
    const tell = (): Promise<void> => this.tell();
    this.telling = this.telling.then(tell, tell);
    return this.telling;
  }

  /** Tells what is owed: what could not be told stays so, and the alarm comes again. Throws when storage refuses. */
  private async tell(): Promise<void> {
    const owed = [...(this.roster?.owed ?? [])];
    const done: (readonly [task: string, spec: ScheduleSpec | undefined])[] = [];
    const worker = async (): Promise<void> => {
      for (let task = owed.shift(); task !== undefined; task = owed.shift()) {
        const spec = this.roster?.declared[task];
        if (await this.tellOne(task, spec)) done.push([task, spec]);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (this.roster === undefined) return;
    const next = done.reduce((roster, [task, spec]) => told(roster, task, spec), this.roster);
    this.store(next.owed.length === 0 ? next : notTold(next, Date.now()));
  }

  private async tellOne(task: string, spec: ScheduleSpec | undefined): Promise<boolean> {
    try {
      const object = declaredSchedule(this.env, task);
      if (spec === undefined) await callSchedule(this.env, object, (schedule) => schedule.remove());
      else await callSchedule(this.env, object, (schedule) => schedule.set(spec));
      return true;
    } catch (error) {
      console.warn(`runlet: the schedule of task "${task}" was not told of its change; it will be tried again`, error);
      return false;
    }
  }

  private store(roster: Roster): void {
    this.ctx.storage.transactionSync(() => {
      if (this.roster === undefined) this.row.create(roster);
      else this.row.write(roster);
      if (roster.owed.length > 0) this.arm(roster);
      else void this.ctx.storage.deleteAlarm();
    });
    this.roster = roster;
  }

  private arm({ due }: Roster): void {
    void this.ctx.storage.setAlarm(Math.max(due, Date.now() + 1));
  }
}
