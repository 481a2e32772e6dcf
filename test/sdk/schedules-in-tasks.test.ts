import { beforeEach, describe, expect, test } from "vitest";
import { schedules } from "../../sdk/index.ts";
import type { Door } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { task } from "../../sdk/lib/task.ts";
import { Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });

/** What the platform was asked, in order. */
const asked: unknown[][] = [];
const answer =
  (call: string) =>
  async (...parameters: unknown[]) => {
    asked.push([call, ...parameters]);
    return { id: "sched_1", nextRun: new Date(5) };
  };
const scheduleDoor = {
  create: answer("create"),
  update: answer("update"),
  setActive: answer("setActive"),
  delete: answer("delete"),
};
const door = { schedules: scheduleDoor } as unknown as Door;

beforeEach(() => void (asked.length = 0));

const options = { task: "digest", cron: "0 9 * * *" };

describe.each<[string, unknown[], () => Promise<object>]>([
  [
    "create",
    ["create", { ...options, deduplicationKey: "k" }],
    () => schedules.create({ ...options, deduplicationKey: "k" }),
  ],
  ["update", ["update", "sched_1", options], () => schedules.update("sched_1", options)],
  ["activate", ["setActive", "sched_1", true], () => schedules.activate("sched_1")],
  ["deactivate", ["setActive", "sched_1", false], () => schedules.deactivate("sched_1")],
  ["del", ["delete", "sched_1"], () => schedules.del("sched_1")],
])("schedules.%s inside a task", (name, call, change) => {
  test("is done once, and gives the same in each pass", async () => {
    const given: object[] = [];
    const run = new Rehearsal(
      async () => {
        given.push(await change());
        await ask.triggerAndWait("a");
        return "done";
      },
      {},
      door,
    );
    await run.suspends();
    expect(run.asked).toEqual([`step:schedules.${name}#0`]);
    run.settle("run:ask#0", "a");
    await run.completes();
    expect(asked).toEqual([call]);
    expect(given).toEqual([1, 2].map(() => ({ id: "sched_1", nextRun: new Date(5) })));
  });

  test("throws what it is refused for, by status and code, in each pass, and is tried again by the next attempt", async () => {
    const caught: unknown[] = [];
    const refusing = Object.fromEntries(
      Object.keys(scheduleDoor).map((method) => [
        method,
        async () => {
          asked.push([method]);
          throw new RunletApiError(404, "schedule_not_found", "There is none.");
        },
      ]),
    );
    const run = new Rehearsal(
      async () => {
        await change().catch((error: unknown) => caught.push(error));
        await ask.triggerAndWait("a");
        throw new Error("again");
      },
      {},
      { schedules: refusing } as unknown as Door,
    );
    await run.suspends();
    run.settle("run:ask#0", "a");
    await run.fails();
    expect(asked).toHaveLength(1);
    expect(caught).toHaveLength(2);
    for (const error of caught) {
      expect(error).toBeInstanceOf(RunletApiError);
      expect(error).toMatchObject({ status: 404, code: "schedule_not_found", message: "There is none." });
    }
    run.nextAttempt((entry) => entry.kind !== "step");
    await run.fails();
    expect(asked).toHaveLength(2);
  });

  test("that is refused and not caught fails the run at once, as it would outside of a task's journal", async () => {
    const refuse = () => Promise.reject(new RunletApiError(422, "schedule_declared", "It is the code's."));
    const methods = Object.fromEntries(Object.keys(scheduleDoor).map((method) => [method, refuse]));
    const run = new Rehearsal(change, {}, { schedules: methods } as unknown as Door);
    expect(await run.fails()).toMatchObject({ retry: false, error: { name: "RunletApiError" } });
  });
});
