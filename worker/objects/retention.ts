import type { Env } from "../env.ts";

const DEFAULT_DAYS = 30;
const MOST_DAYS = 36_500;
const DAY_MS = 86_400_000;

/**
 * How long a group is kept once all of it is final, in milliseconds; undefined: for ever. Nothing is deleted by a value
 * that is no number of days.
 */
export function retentionMs({ RUNLET_RETENTION_DAYS: text }: Pick<Env, "RUNLET_RETENTION_DAYS">): number | undefined {
  const days = text === undefined || text === "" ? DEFAULT_DAYS : Number(text);
  if (days > 0) return Math.min(days, MOST_DAYS) * DAY_MS;
  if (days !== 0) console.warn(`runlet: RUNLET_RETENTION_DAYS is no number of days: "${text}". Nothing is deleted.`);
  return undefined;
}
