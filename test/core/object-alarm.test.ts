import { describe, expect, test } from "vitest";
import { ObjectAlarm } from "../../worker/objects/object-alarm.ts";

/** An alarm, and what its storage was told: a time, or null where it was deleted. */
function alarmOf() {
  const told: (number | null)[] = [];
  const storage = {
    setAlarm: async (at: number) => void told.push(at),
    deleteAlarm: async () => void told.push(null),
  };
  return { alarm: new ObjectAlarm(storage as unknown as DurableObjectStorage), told };
}

describe("the alarm of an object", () => {
  test("is set only where that changes it, and brought forward only by what is earlier", () => {
    const { alarm, told } = alarmOf();
    alarm.set(5_000);
    alarm.set(5_000);
    alarm.setBy(6_000);
    alarm.setBy(4_000);
    alarm.drop();
    alarm.drop();
    expect([told, alarm.at]).toEqual([[5_000, 4_000, null], null]);
  });

  test("is never set to a time that storage refuses", () => {
    const { alarm, told } = alarmOf();
    alarm.set(Date.parse("9999-12-31T00:00:00Z"));
    expect(told.every((at) => at !== null && at * 1_000_000 < 2 ** 63)).toBe(true);
  });

  test("does not wait for work beyond the time for which it is set", async () => {
    const { alarm } = alarmOf();
    alarm.set(1_000);
    const never = new Promise<void>(() => undefined);
    await alarm.untilDue(never, 1_000);
    expect(alarm.at).toBe(1_000);
  });

  test("waits for all of the work where it is not set", async () => {
    const { alarm } = alarmOf();
    let isDone = false;
    const work = Promise.resolve().then(() => (isDone = true));
    await alarm.untilDue(work, 1_000);
    expect(isDone).toBe(true);
  });
});
