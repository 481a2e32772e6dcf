import { owedDelay } from "./retry.ts";
import type { ScheduleSpec } from "./schedule.ts";

/**
 * The schedules that the code declares, as they were told last. Its rules:
 *
 * 1. A task whose schedule is new, changed or gone is owed to the schedule's object until that has answered.
 * 2. What is told last counts, whatever was told before.
 * 3. No clock, randomness or I/O.
 */
export interface Roster {
  readonly hash: string;
  readonly declared: Readonly<Record<string, ScheduleSpec>>;
  /** Tasks whose schedules have not been told yet. */
  readonly owed: readonly string[];
  readonly tries: number;
  /** When they are told again. */
  readonly due: number;
}

/** Takes in the schedules of the code; nothing changes when they are known. */
export function declare(
  roster: Roster | undefined,
  hash: string,
  specs: readonly ScheduleSpec[],
  now: number,
): Roster | undefined {
  if (hash === (roster?.hash ?? "")) return roster;
  const before = roster?.declared ?? {};
  const declared = Object.fromEntries(specs.map((spec) => [spec.task, spec]));
  const tasks = new Set([...Object.keys(before), ...Object.keys(declared)]);
  const changed = [...tasks].filter((task) => JSON.stringify(before[task]) !== JSON.stringify(declared[task]));
  const owed = [...new Set([...(roster?.owed ?? []), ...changed])];
  return { hash, declared, owed, tries: 0, due: now + owedDelay(0) };
}

/** The schedule of a task has been told that it is `spec`, or is gone. If it is to be something else by now, that is still owed. */
export function told(roster: Roster, task: string, spec: ScheduleSpec | undefined): Roster {
  if (JSON.stringify(roster.declared[task]) !== JSON.stringify(spec)) return roster;
  return { ...roster, owed: roster.owed.filter((one) => one !== task) };
}

export function notTold(roster: Roster, now: number): Roster {
  return { ...roster, tries: roster.tries + 1, due: now + owedDelay(roster.tries) };
}
