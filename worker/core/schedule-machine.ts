import { dueTicks, MOST_TICKS } from "./missed-ticks.ts";
import { owedDelay } from "./retry.ts";
import type { Schedule, ScheduleSpec, Tick } from "./schedule.ts";
import { tickAfter } from "./schedule-window.ts";

/**
 * A schedule. Its rules:
 *
 * 1. A tick that counts comes to one run: it is owed from the transition that moves `next` on, and until the door has answered. Of more
 *    than 100 ticks that wait, for their turn or for a door that does not answer, the oldest are left out, which is told.
 * 2. The next tick follows from the pattern and the clock, never from when the one before was carried out.
 * 3. One that is not active, or is removed, has no next tick, and nothing of it waits.
 * 4. Of an overlap other than "allow", one run is under way at most: others wait, are left out, or end it.
 * 5. A removed one is gone once the list has forgotten it. What has changed is owed to the list until that has taken it.
 * 6. No clock, randomness or I/O.
 */

/** A schedule as it begins, or begins again. `fraction`: its place in a window. */
export function newSchedule(spec: ScheduleSpec, fraction: number, now: number): Schedule {
  const schedule: Schedule = {
    ...{ spec, fraction, isActive: true, createdAt: now, ticks: [] },
    ...{ version: now, told: 0, tellTries: 0, tellDue: now + owedDelay(0) },
  };
  return withNext(schedule, now);
}

/** A schedule that is to do something else from now on. One that is to do what it does stays as it is. */
export function respecify(schedule: Schedule, spec: ScheduleSpec, now: number): Schedule {
  if (schedule.isRemoved) {
    const { fraction, createdAt } = schedule;
    return { ...newSchedule(spec, fraction, now), createdAt, version: versionAfter(schedule, now) };
  }
  if (isSame(schedule.spec, spec)) return schedule;
  const keepsTimes = (["cron", "timezone", "window"] as const).every((part) => schedule.spec[part] === spec[part]);
  const changed = settle({ ...touched(schedule, now), spec }, now);
  return keepsTimes ? changed : withNext(changed, now);
}

export function activate(schedule: Schedule, now: number): Schedule {
  if (schedule.isActive || schedule.isRemoved) return schedule;
  return withNext({ ...touched(schedule, now), isActive: true }, now);
}

/** Ticks that have come go on, but for those that wait for others. */
export function deactivate(schedule: Schedule, now: number): Schedule {
  if (!schedule.isActive || schedule.isRemoved) return schedule;
  const { next: _, ...rest } = touched(schedule, now);
  return { ...rest, isActive: false, ticks: rest.ticks.filter(({ phase }) => phase !== "waiting") };
}

/** Nothing of it starts any more; runs that are under way go on. */
export function remove(schedule: Schedule, now: number): Schedule {
  if (schedule.isRemoved) return schedule;
  const { next: _, ...rest } = touched(schedule, now);
  return { ...rest, isActive: false, isRemoved: true, ticks: [] };
}

/** Takes in the ticks that are due. `isCut`: there were more than count. */
export function wake(schedule: Schedule, now: number): { readonly schedule: Schedule; readonly isCut: boolean } {
  const { ticks, isCut, next } = dueTicks(schedule, now);
  if (next === schedule.next) return { schedule, isCut };
  const { next: _, ...rest } = schedule;
  const moved = ticks.reduce<Schedule>((before, at) => accept(before, at, now), rest);
  const kept = cut(moved.ticks);
  const settled = settle({ ...moved, ticks: kept, ...(next === undefined ? {} : { next }) }, now);
  return { schedule: settled, isCut: isCut || kept.length < moved.ticks.length };
}

/** What is to be done: runs to be made, or to be canceled. */
export function deedsOf({ ticks }: Schedule): Tick[] {
  return ticks.filter(({ phase }) => phase === "owed" || phase === "ending");
}

/** The run of a tick is made. One that does not tell of its end is done with. */
export function started(schedule: Schedule, at: number, now: number): Schedule {
  return change(schedule, at, now, (tick) => {
    if (tick.phase !== "owed") return tick;
    return tick.isTracked ? { ...tick, phase: "running", tries: 0 } : undefined;
  });
}

/** There can be no run for a tick, which is left out. */
export function refused(schedule: Schedule, at: number, now: number): Schedule {
  const tick = schedule.ticks.find((one) => one.at === at);
  const after = change(schedule, at, now, () => undefined);
  if (tick === undefined || schedule.last !== at) return after;
  const { last: _, ...rest } = after;
  if (after.last !== at) return after;
  return tick.last === undefined ? rest : { ...rest, last: tick.last };
}

/** What is owed of a tick could not be done, and is tried again. */
export function hindered(schedule: Schedule, at: number, now: number): Schedule {
  return change(schedule, at, now, (tick) => ({ ...tick, tries: tick.tries + 1, due: now + owedDelay(tick.tries) }));
}

/** The run of a tick is over, or canceled. */
export function ended(schedule: Schedule, at: number, now: number): Schedule {
  return change(schedule, at, now, (tick) => (tick.phase === "waiting" ? tick : undefined));
}

export function toldList(schedule: Schedule, version: number, now: number): Schedule {
  return { ...schedule, told: Math.max(schedule.told, version), tellTries: 0, tellDue: now + owedDelay(0) };
}

export function notToldList(schedule: Schedule, now: number): Schedule {
  return { ...schedule, tellTries: schedule.tellTries + 1, tellDue: now + owedDelay(schedule.tellTries) };
}

export function owesList({ version, told }: Schedule): boolean {
  return version > told;
}

/** Whether it is removed, and the list has forgotten it. */
export function isGone(schedule: Schedule): boolean {
  return schedule.isRemoved === true && !owesList(schedule);
}

/** Ticks, by their times, that something is being done about; those that are due meanwhile are looked at again at `again`. */
export interface UnderWay {
  readonly ticks: ReadonlySet<number>;
  readonly now: number;
  readonly again: number;
}

/** When the schedule must be looked at again; undefined for never. */
export function dueOfSchedule(schedule: Schedule, underWay?: UnderWay): number | undefined {
  const owed = deedsOf(schedule).map(({ at, due }) =>
    underWay !== undefined && due <= underWay.now && underWay.ticks.has(at) ? underWay.again : due,
  );
  const tell = owesList(schedule) ? [schedule.tellDue] : [];
  const due = Math.min(schedule.next?.due ?? Infinity, ...owed, ...tell);
  return due === Infinity ? undefined : due;
}

function accept(schedule: Schedule, at: number, now: number): Schedule {
  const tick: Tick = { at, phase: "waiting", isTracked: schedule.spec.overlap !== "allow", tries: 0, due: now };
  const { ticks } = schedule;
  switch (schedule.spec.overlap) {
    case "allow":
      return owe({ ...schedule, ticks: [...ticks, tick] }, at, now);
    case "skip":
      return ticks.length > 0 ? schedule : owe({ ...schedule, ticks: [tick] }, at, now);
    case "queue":
      return { ...schedule, ticks: [...ticks, tick] };
    case "cancel-running":
      return { ...schedule, ticks: [...ticks.filter(({ phase }) => phase !== "waiting"), tick] };
  }
}

/** Lets go on what may: the first that waits when nothing is under way; with "cancel-running" it ends what is. */
function settle(schedule: Schedule, now: number): Schedule {
  const { ticks, spec } = schedule;
  const [first] = ticks.filter(({ phase }) => phase === "waiting");
  if (spec.overlap === "allow") {
    const free = ticks.filter(({ phase }) => phase === "waiting").reduce((all, { at }) => owe(all, at, now), schedule);
    return { ...free, ticks: free.ticks.filter(({ phase }) => phase === "owed") };
  }
  if (first === undefined) return schedule;
  if (ticks.every(({ phase }) => phase === "waiting")) return owe(schedule, first.at, now);
  if (spec.overlap !== "cancel-running") return schedule;
  const ending = ticks.map((tick) =>
    tick.phase === "running" ? { ...tick, phase: "ending" as const, tries: 0, due: now + owedDelay(0) } : tick,
  );
  return { ...schedule, ticks: ending };
}

/** From here on the tick is owed a run: that is made at once, and `due` is when it is tried again. */
function owe(schedule: Schedule, at: number, now: number): Schedule {
  const { last } = schedule;
  const owed = { phase: "owed" as const, due: now + owedDelay(0), ...(last === undefined ? {} : { last }) };
  return { ...schedule, ticks: schedule.ticks.map((tick) => (tick.at === at ? { ...tick, ...owed } : tick)), last: at };
}

/** Of too many ticks the oldest are left out, but for those that may be under way. */
function cut(ticks: readonly Tick[]): readonly Tick[] {
  let excess = ticks.length - MOST_TICKS;
  return ticks.filter(({ phase, isTracked }) => {
    const mayGo = phase === "waiting" || (phase === "owed" && !isTracked);
    return !(mayGo && excess-- > 0);
  });
}

/** Changes a tick that is there, or takes it away; then others may go on. */
function change(schedule: Schedule, at: number, now: number, verb: (tick: Tick) => Tick | undefined): Schedule {
  const ticks = schedule.ticks.flatMap((tick) => (tick.at === at ? (verb(tick) ?? []) : [tick]));
  return settle({ ...schedule, ticks }, now);
}

function withNext(schedule: Schedule, now: number): Schedule {
  const { next: _, ...rest } = schedule;
  const next = schedule.isActive ? tickAfter(schedule.spec, schedule.fraction, now) : undefined;
  return next === undefined ? rest : { ...rest, next };
}

function touched(schedule: Schedule, now: number): Schedule {
  return { ...schedule, version: versionAfter(schedule, now), tellTries: 0, tellDue: now + owedDelay(0) };
}

/** Versions are times, so that they grow on when a schedule is made again under a name that was gone. */
function versionAfter({ version }: Schedule, now: number): number {
  return Math.max(version + 1, now);
}

function isSame(one: ScheduleSpec, other: ScheduleSpec): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof ScheduleSpec>;
  return [...names].every((name) => one[name] === other[name]);
}
