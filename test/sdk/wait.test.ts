import { describe, expect, test } from "vitest";
import { wait, type WaitDuration } from "../../sdk/lib/wait.ts";
import { FakePass, inside } from "../support/fake-pass.ts";

/** The moment that a wait asks for, as milliseconds from now. */
async function asked(begin: () => Promise<void>): Promise<number> {
  const pass = new FakePass();
  const before = Date.now();
  await inside({ pass }, begin);
  const [, until] = pass.calls.find(([call]) => call === "waitForTime") ?? [];
  return Number(until) - before;
}

describe("wait.for", () => {
  test.each<[WaitDuration, number]>([
    [{ seconds: 1.5 }, 1_500],
    [{ hours: 1, minutes: 30 }, 5_400_000],
    [{ weeks: 1, days: 1 }, 691_200_000],
    [{ seconds: 0 }, 0],
  ])("%j ends that much later", async (duration, ms) => {
    const found = await asked(() => wait.for(duration));
    expect(found).toBeGreaterThanOrEqual(ms);
    expect(found).toBeLessThan(ms + 1_000);
  });

  test("counts months and years by the calendar", async () => {
    const before = new Date();
    const found = await asked(() => wait.for({ years: 1 }));
    expect(new Date(before.getTime() + found).getUTCFullYear()).toBe(before.getUTCFullYear() + 1);
  });

  test.each([
    {},
    { seconds: -1 },
    { seconds: Number.NaN },
    { seconds: "1" },
    { fortnights: 1 },
    { idempotencyKey: "key" },
    { months: 0.5 },
    { years: 999_999 },
    null,
    5,
  ])("refuses %j", async (duration) => {
    const pass = new FakePass();
    await expect(inside({ pass }, () => wait.for(duration as WaitDuration))).rejects.toThrow("wait.for() takes");
    expect(pass.calls).toEqual([]);
  });
});

describe("wait.until", () => {
  test("ends at the date", async () => {
    const pass = new FakePass();
    const date = new Date("2031-01-01T00:00:00Z");
    await inside({ pass }, () => wait.until({ date }));
    expect(pass.calls[0]).toEqual(["waitForTime", date.getTime()]);
  });

  test("is over at once for a date that has passed, where nothing else is asked for", async () => {
    await inside({ pass: new FakePass() }, () => wait.until({ date: new Date(0) }));
  });
});

test("outside a task a wait is refused, and says what to do", async () => {
  await expect(wait.for({ seconds: 1 })).rejects.toThrow("wait.for() works only inside a task's run function.");
  await expect(wait.until({ date: new Date() })).rejects.toMatchObject({ name: "OutsideTaskError" });
});

test("a wait counts as stood at once somebody asks for its end", async () => {
  const pass = new FakePass();
  const begun = inside({ pass }, () => wait.for({ hours: 1 }));
  expect(pass.calls.map(([call]) => call)).toEqual(["waitForTime"]);
  await begun;
  expect(pass.calls.map(([call]) => call)).toEqual(["waitForTime", "awaited"]);
});
