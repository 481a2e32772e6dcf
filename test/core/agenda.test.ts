import { describe, expect, test, vi } from "vitest";
import { EngineGroup } from "../support/engine-group.ts";

/** When each of the runs below is to be looked at again: what a lost dispatch takes. */
const AGAIN_MS = 15_000;

/** A group of runs that were triggered and never claimed; how often its agenda has looked over the table. */
function groupOf(count: number) {
  const group = new EngineGroup();
  const soonest = vi.spyOn(group.scans, "soonest");
  const countOpen = vi.spyOn(group.scans, "countOpen");
  const looks = () => soonest.mock.calls.length;
  const counts = () => countOpen.mock.calls.length;
  const admitAll = () => {
    for (let i = 0; i < count; i += 1) group.admit({ n: `s${i}` });
  };
  return { group, looks, counts, admitAll };
}

describe("an agenda", () => {
  test("of a group that began with it never looks over the table", () => {
    const { group, looks, counts, admitAll } = groupOf(3);
    group.agenda.trust(0);
    admitAll();
    expect(group.agenda.next()).toBe(group.now - 2 + AGAIN_MS);
    expect(group.agenda.takeDue(group.now + AGAIN_MS, 500)).toEqual(["s0", "s1", "s2"]);
    expect([group.agenda.open, looks(), counts()]).toEqual([3, 0, 0]);
  });

  test("that knows nothing looks once, and then knows the next for as long as they are written with it", () => {
    const { group, looks, counts, admitAll } = groupOf(3);
    admitAll();
    group.agenda.doubt();
    expect(group.agenda.takeDue(group.now, 500)).toEqual([]);
    expect(group.agenda.next()).toBe(group.now - 2 + AGAIN_MS);
    group.claim("s0");
    expect([group.agenda.next(), group.agenda.open]).toEqual([group.now - 2 + AGAIN_MS, 3]);
    expect([looks(), counts()]).toEqual([1, 1]);
  });

  test("gives each of 2,500 whose time has come, once, with a look for each thousand", () => {
    const { group, looks, admitAll } = groupOf(2_500);
    admitAll();
    group.agenda.doubt();
    const given: string[] = [];
    const takeDue = group.agenda.takeDue.bind(group.agenda);
    vi.spyOn(group.agenda, "takeDue").mockImplementation((now, limit) => {
      const page = takeDue(now, limit);
      given.push(...page);
      return page;
    });
    group.wakeAfter(AGAIN_MS);
    expect(given).toHaveLength(2_500);
    expect(new Set(given).size).toBe(2_500);
    expect(looks()).toBe(3);
    expect(group.nextDue()).toBeGreaterThan(group.now);
  });

  test("forgets when there is too much to remember, and looks again", () => {
    const { group, looks } = groupOf(0);
    group.agenda.trust(0);
    const due = new Map(Array.from({ length: 30_001 }, (_, i) => [`s${i}`, 5_000 + i] as const));
    group.agenda.add({ due, openDelta: 0 });
    group.admit({ n: "real" });
    expect([group.agenda.next(), looks()]).toEqual([group.now + AGAIN_MS, 1]);
  });

  test("does not give what is due no more", () => {
    const { group } = groupOf(0);
    group.agenda.trust(0);
    group.admit({ n: "k" });
    group.turn((turn) => turn.apply("k", { type: "canceled" }));
    expect([group.agenda.next(), group.agenda.open]).toEqual([Infinity, 0]);
  });
});
