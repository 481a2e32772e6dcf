import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { runObjectSchema, type RunObject } from "../../sdk/lib/wire.ts";
import { textOf } from "../../worker/engine/tell-run.ts";
import { OWN_ROOT } from "../../worker/core/address.ts";
import { encodeGroup, formatId, formatScheduleId } from "../../worker/core/ids.ts";
import type { Schedule, ScheduleSpec } from "../../worker/core/schedule.ts";
import { tickGroupName } from "../../worker/engine/tick-run.ts";
import type { Env } from "../../worker/env.ts";
import type { ScheduleKeeper } from "../../worker/objects/schedule-keeper.ts";
import { eventually } from "./held-group.ts";

interface Insides {
  readonly memory: { clock: () => number; env: object; schedule: Schedule | undefined; carry(): Promise<void> };
}

const HOUR = 3_600_000;

/** On the hour, far enough ahead for alarms to be the test's alone. */
const START = Math.ceil(Date.now() / HOUR) * HOUR + 24 * HOUR;

/** A schedule in its real object, whose clock the test sets. It is made just after hour 0, and ticks each hour unless told otherwise. */
export class HeldSchedule {
  readonly id: string;
  readonly object: DurableObjectId;
  private now = START + 1;
  private bindings: Partial<Env> = {};

  constructor(object: DurableObjectId = env.SCHEDULE_KEEPER.idFromName(`key:${crypto.randomUUID()}`)) {
    this.object = object;
    this.id = formatScheduleId(object.toString());
  }

  /** A new one each time: a crash breaks those that there are. */
  get stub(): DurableObjectStub<ScheduleKeeper> {
    return env.SCHEDULE_KEEPER.get(this.object);
  }

  async make(fields: Partial<ScheduleSpec> = {}): Promise<this> {
    await this.hold();
    await this.stub.set({
      ...{ type: "IMPERATIVE", task: "tick", cron: "0 * * * *", timezone: "UTC", catchUp: "latest", overlap: "allow" },
      ...fields,
    });
    return this;
  }

  /** Sets the clock, and replaces bindings from now on. */
  async hold(bindings: Partial<Env> = this.bindings): Promise<this> {
    this.bindings = bindings;
    await this.inside(({ memory }) => {
      memory.clock = () => this.now;
      memory.env = { ...env, ...bindings };
    });
    return this;
  }

  /** Lets it be `hours` after the start, and the alarm fire. Whether there was one. */
  async wakeAt(hours: number): Promise<boolean> {
    this.setHour(hours);
    await this.hold();
    return runDurableObjectAlarm(this.stub);
  }

  /** As `wakeAt`, without what the test's own way to let an alarm fire costs. */
  async fireAt(hours: number): Promise<void> {
    this.setHour(hours);
    await this.hold();
    await runInDurableObject(this.stub, (keeper) => keeper.alarm());
  }

  setHour(hours: number): void {
    this.now = this.time(hours);
  }

  time(hours: number): number {
    return START + hours * HOUR;
  }

  state(): Promise<Schedule | undefined> {
    return this.inside(({ memory }) => memory.schedule);
  }

  async phases(): Promise<string[]> {
    return ((await this.state())?.ticks ?? []).map(({ at, phase }) => `${(at - START) / HOUR} ${phase}`);
  }

  /** Resolves once the ticks are these. */
  reached(...phases: readonly string[]): Promise<true> {
    return eventually(async () => (JSON.stringify(await this.phases()) === JSON.stringify(phases) ? true : undefined));
  }

  /** The time of the alarm, in hours after the start. */
  async alarm(): Promise<number | null> {
    const at = await this.inside((_, { storage }) => storage.getAlarm());
    return at === null ? null : (at - START) / HOUR;
  }

  runId(hours: number): string {
    const group = env.RUN_GROUP.idFromName(tickGroupName(this.object.toString(), this.time(hours)));
    return formatId("run", encodeGroup(group.toString()), OWN_ROOT);
  }

  /** The run of the tick at this hour; undefined when there is none. */
  async run(hours: number): Promise<RunObject | undefined> {
    const group = env.RUN_GROUP.idFromName(tickGroupName(this.object.toString(), this.time(hours)));
    const run = await env.RUN_GROUP.get(group).retrieve(OWN_ROOT, 0, false);
    return run === null ? undefined : runObjectSchema.parse(JSON.parse(textOf(run)));
  }

  /** The hours, from 0 to `upTo`, whose ticks have a run. */
  async hoursWithRuns(upTo: number): Promise<number[]> {
    const hours = Array.from({ length: upTo + 1 }, (_, hour) => hour);
    const found = await Promise.all(hours.map((hour) => this.run(hour)));
    return hours.filter((hour) => found[hour] !== undefined);
  }

  /** Takes the object away between two events. */
  evict(): Promise<void> {
    return evictDurableObject(this.stub);
  }

  /** Takes it away in the middle of what it does. */
  async crash(): Promise<void> {
    await this.inside((_, state) => state.abort("a crash")).catch(() => undefined);
  }

  inside<T>(look: (insides: Insides, state: DurableObjectState) => T | Promise<T>): Promise<T> {
    return runInDurableObject(this.stub, (object, state) => look(object as unknown as Insides, state));
  }
}
