import { describe, expect, test } from "vitest";
import { declare, notTold, told, type Roster } from "../../worker/core/roster.ts";
import type { ScheduleSpec } from "../../worker/core/schedule.ts";

const NOW = 1_800_000_000_000;
const specOf = (task: string, cron = "0 * * * *"): ScheduleSpec => ({
  ...{ type: "DECLARATIVE", task, cron, timezone: "UTC", catchUp: "latest", overlap: "allow" },
});
const [a, b] = [specOf("a"), specOf("b")];

const declared = (roster: Roster | undefined, hash: string, ...specs: ScheduleSpec[]): Roster => {
  const next = declare(roster, hash, specs, NOW);
  if (next === undefined) throw new Error("There is no roster.");
  return next;
};
const settled = (roster: Roster): Roster =>
  roster.owed.reduce((rest, task) => told(rest, task, rest.declared[task]), roster);

describe("the schedules of the code", () => {
  test("are owed when they are new, changed or gone, and not when they are as before", () => {
    const first = declared(undefined, "1", a, b);
    expect(first.owed).toEqual(["a", "b"]);
    const later = settled(first);
    expect(later.owed).toEqual([]);
    expect(declare(later, "1", [a, b], NOW)).toBe(later);
    expect(declared(later, "2", specOf("a", "5 * * * *"), b, specOf("c")).owed).toEqual(["a", "c"]);
    expect(declared(later, "2", b).owed).toEqual(["a"]);
  });

  test("stay owed when others are declared meanwhile", () => {
    expect(declared(declared(undefined, "1", a), "2", a, b).owed).toEqual(["a", "b"]);
    expect(declared(declared(undefined, "1", a, b), "2").owed).toEqual(["a", "b"]);
  });

  test("are none: that is nothing to store for who had none", () => {
    expect(declare(undefined, "", [], NOW)).toBeUndefined();
  });

  test("that were told too late are owed still", () => {
    const changed = declared(declared(undefined, "1", a), "2", specOf("a", "5 * * * *"));
    expect(told(changed, "a", a).owed).toEqual(["a"]);
    expect(told(changed, "a", undefined).owed).toEqual(["a"]);
    expect(told(changed, "a", specOf("a", "5 * * * *")).owed).toEqual([]);
    expect(told(declared(changed, "3"), "a", undefined).owed).toEqual([]);
  });

  test("are told again after 5 s, 10 s", () => {
    const once = notTold(declared(undefined, "1", a), NOW);
    expect([once.due, notTold(once, NOW).due]).toEqual([NOW + 5_000, NOW + 10_000]);
  });
});
