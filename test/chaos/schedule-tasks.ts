import { schedules, wait, type ScheduledTaskPayload } from "../../sdk/index.ts";
import { tell } from "../support/tasks-outside.ts";
import { OFTEN, once } from "./tasks.ts";

/** Whom these tasks tell: what the code declares cannot be given a name. */
export const OUTSIDE = "ticks";
/** Before and after a wait. */
export const EFFECTS = ["before", "after"] as const;

/** Two side effects with a wait between them, each kept by a step. What is told names the tick, and the run that is of it. */
async function work({ scheduleId, timestamp }: ScheduledTaskPayload, runId: string): Promise<void> {
  const tick = nameOfTick(scheduleId, timestamp.getTime());
  await tell(OUTSIDE, `begun ${tick} ${runId}`);
  await once({ outside: OUTSIDE }, `${tick} ${EFFECTS[0]}`);
  await wait.for({ seconds: 0.5 });
  await once({ outside: OUTSIDE }, `${tick} ${EFFECTS[1]}`);
  await tell(OUTSIDE, `ended ${tick} ${runId}`);
}

export function nameOfTick(scheduleId: string, at: number): string {
  return `${scheduleId}@${at}`;
}

/** Schedules are made for it. */
const beat = schedules.task({
  id: "beat",
  retry: OFTEN,
  run: async (payload, { ctx }) => work(payload, ctx.run.id),
});

/** Gives what it was given. */
export const tick = schedules.task({ id: "tick", run: async (payload) => payload });

export const EACH_MINUTE = "* * * * *";
/** Starts are spread over 18 s. */
export const WINDOW = "30%";
export const DECLARED = 10;

/** Schedules of the code, of each minute: half of them at it, half of them after a while. */
const declared = Array.from({ length: DECLARED }, (_, n) =>
  schedules.task({
    id: `declared-${n}`,
    cron: n % 2 === 0 ? EACH_MINUTE : { pattern: EACH_MINUTE, window: WINDOW },
    catchUp: "all",
    retry: OFTEN,
    run: async (payload, { ctx }) => work(payload, ctx.run.id),
  }),
);

export const scheduleTasks = [beat, ...declared];
