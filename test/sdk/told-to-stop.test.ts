import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { STOP_WITHIN_MS } from "../../sdk/lib/cancel-watch.ts";
import { RunCanceledError, RunletError } from "../../sdk/lib/errors.ts";
import type { TaskHooks } from "../../sdk/lib/hooks.ts";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const ask = task({ id: "ask", run: (question: string) => question });

const REASONS = [
  ["is cancelled", new RunCanceledError("The run was canceled.")],
  ["is handed to another consumer", new RunletError("The run has ended, or was handed to another consumer.")],
] as const;

/** Code that the group keeps nothing more of: it never hears of its step. */
function refused(hooks: TaskHooks = {}, run: () => unknown = () => step.run("work", () => 1)): Rehearsal {
  const rehearsal = new Rehearsal(run, hooks);
  rehearsal.door.keepStep = async () => false;
  rehearsal.door.startElsewhere = async () => false;
  return rehearsal;
}

describe.each(REASONS)("a pass whose run %s", (_, reason) => {
  test.each<[string, Rehearsal]>([
    ["a step", refused()],
    ["a trigger", refused({}, () => ask.trigger("q"))],
    ["a hook's step", refused({ onStartAttempt: () => step.run("work", () => 1).then(() => undefined) })],
    [
      "a hook's step before the wait",
      refused({ onWait: () => step.run("w", () => 1).then(() => undefined) }, () => ask.triggerAndWait("q")),
    ],
  ])("ends in time, though %s of it is refused", async (_name, run) => {
    const passing = run.pass();
    await vi.advanceTimersByTimeAsync(1);
    run.aborter.abort(reason);
    await vi.advanceTimersByTimeAsync(STOP_WITHIN_MS);
    expect((await passing).isCanceled).toBe(false);
  });

  test("has its time to clean up, and ends with it", async () => {
    let cleaned = false;
    const run = new Rehearsal(async () => {
      await outside(STOP_WITHIN_MS - 1);
      cleaned = true;
      return "cleaned";
    });
    const passing = run.pass();
    run.aborter.abort(reason);
    await vi.advanceTimersByTimeAsync(STOP_WITHIN_MS - 1);
    expect((await passing).end.type).toBe("completed");
    expect(cleaned).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends in time when it was told before it began", async () => {
    const run = refused();
    run.aborter.abort(reason);
    const passing = run.pass();
    await vi.advanceTimersByTimeAsync(STOP_WITHIN_MS);
    expect((await passing).end.type).toBe("failed");
  });
});
