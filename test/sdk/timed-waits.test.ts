import { describe, expect, test } from "vitest";
import { wait } from "../../sdk/lib/wait.ts";
import { Rehearsal } from "../support/rehearsal.ts";

describe("wait.until({ throwIfInThePast })", () => {
  test("goes on once its date has come, which has then passed", async () => {
    const date = new Date(Date.now() + 60_000);
    const run = new Rehearsal(async () => {
      await wait.until({ date, throwIfInThePast: true });
      return "over";
    });
    expect(await run.suspends()).toEqual(["time:#0"]);
    date.setTime(0);
    expect(await run.suspends()).toEqual([]);
    run.settleTime("time:#0");
    expect(await run.completes()).toBe("over");
  });

  test("refuses a date that has passed, in each pass again", async () => {
    const run = new Rehearsal(async () => {
      const said = await wait
        .until({ date: new Date(0), throwIfInThePast: true })
        .catch((error: Error) => error.message);
      await wait.for({ hours: 1 });
      return said;
    });
    expect(await run.suspends()).toEqual(["time:#1"]);
    run.settleTime("time:#1");
    expect(await run.completes()).toBe("wait.until({ date }): 1970-01-01T00:00:00.000Z has passed.");
  });

  test("that is over in an earlier attempt is over in the next", async () => {
    const date = new Date(Date.now() + 60_000);
    const run = new Rehearsal(async () => {
      await wait.until({ date, throwIfInThePast: true });
      throw new Error("later");
    });
    await run.suspends();
    run.settleTime("time:#0");
    date.setTime(0);
    expect((await run.fails()).error.message).toBe("later");
    run.nextAttempt();
    expect((await run.fails()).error.message).toBe("later");
  });
});

test.each([[undefined], [null], [{}], [{ date: "2031-01-01" }], [{ date: new Date(Number.NaN) }]])(
  "wait.until(%j) rejects, and throws nothing at the call",
  async (given) => {
    const run = new Rehearsal(async () => {
      const begun = wait.until(given as { date: Date });
      return begun.catch((error: Error) => error.message);
    });
    expect(await run.completes()).toBe("wait.until({ date }) needs a valid Date.");
  },
);
