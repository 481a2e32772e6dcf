import { RunletApiError, schedules, task, wait } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";

/** Declared, and not due while tests run: on the 29th of February. */
export const leapReport = schedules.task({
  id: "leap-report",
  cron: { pattern: "30 2 29 2 *", timezone: "Europe/Berlin", window: "1h" },
  overlap: "skip",
  run: async (payload) => payload,
});

/** Gives what it was given. */
export const tick = schedules.task({
  id: "tick",
  run: async (payload) => payload,
});

/** Tells where its `externalId` says, and goes on when the answer has come. */
export const slowTick = schedules.task({
  id: "slow-tick",
  catchUp: "all",
  overlap: "queue",
  retry: { maxAttempts: 1 },
  run: async ({ externalId = "", timestamp }) => {
    await tell(externalId, timestamp.toISOString());
  },
});

/** Makes a schedule, waits, deletes it, and waits again. */
export const planAndDrop = task({
  id: "plan-and-drop",
  retry: { maxAttempts: 1 },
  run: async ({ key }: { readonly key: string }) => {
    const made = await schedules.create({ task: "tick", cron: "0 0 1 1 *", deduplicationKey: key });
    await wait.for({ seconds: 0.1 });
    const gone = await schedules.del(made.id);
    await wait.for({ seconds: 0.1 });
    const said = await schedules
      .del(made.id)
      .catch((error: unknown) => (error instanceof RunletApiError ? error.code : "?"));
    await wait.for({ seconds: 0.1 });
    return [made.nextRun instanceof Date, gone.id === made.id, said];
  },
});

/** Makes a schedule from within a run. */
export const plan = task({
  id: "plan",
  run: async ({ key }: { readonly key: string }) => {
    const { id } = await schedules.create({ task: "tick", cron: "0 0 1 1 *", deduplicationKey: key });
    return id;
  },
});

export const scheduleTasks = [leapReport, tick, slowTick, plan, planAndDrop];
