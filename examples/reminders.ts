import { logger, schedules, task } from "runlet";

/** Runs at nine on working days, as soon as it is deployed: its schedule is declared here. */
export const morningReport = schedules.task({
  id: "morning-report",
  cron: { pattern: "0 9 * * MON-FRI", timezone: "Europe/Berlin" },
  run: async ({ timestamp, lastTimestamp }) => {
    logger.info("reporting", { from: lastTimestamp?.toISOString() ?? "the beginning", to: timestamp.toISOString() });
    return { until: timestamp };
  },
});

/** Runs for each user at the user's own time: `signUp` makes the schedules. */
export const remind = schedules.task({
  id: "remind",
  overlap: "skip",
  run: async ({ externalId: user, timestamp, timezone }) => {
    const time = timestamp.toLocaleTimeString("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit" });
    return `${user}, it is ${time}`;
  },
});

/** Made again for the same user, the schedule is the same one. */
export const signUp = task({
  id: "sign-up",
  run: async ({ user, timezone }: { user: string; timezone: string }) => {
    const { id } = await schedules.create({
      task: remind.id,
      cron: "0 8 * * *",
      timezone,
      deduplicationKey: `remind ${user}`,
      externalId: user,
    });
    return { scheduleId: id };
  },
});
