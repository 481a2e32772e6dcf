import { runs, schedules } from "../sdk/index.ts";
import { total } from "../test/support/counting.ts";
import type { Running } from "./contender.ts";
import { CountsAt } from "./counts.ts";
import { percentile } from "./jobs.ts";
import { cpuTime } from "./machine.ts";
import type { Verdict } from "./report.ts";
import { tock } from "./schedule-tasks.ts";

const MANY = 10_000;
const AT_ONCE = 50;
const MOST_ROWS = 6;
const WATCHED_MS = 30_000;
const QUIET_MS = 2_000;
const MINUTE_MS = 60_000;
/** Those of each minute, which all tick at once. */
const TICKING = 100;
/** They are made this long before their minute, or for the one after. */
const LEAD_MS = 10_000;
const MOST_LATE_MS = 1_000;

/** What schedules cost: to make, while they wait, and to tick; and how late they are. On a platform that counts. */
export async function measureSchedules({ platform }: Running): Promise<Verdict[]> {
  const counts = new CountsAt(platform);
  return [await measureMaking(counts), await measureWaiting(counts, platform.pid), ...(await measureTicks(counts))];
}

async function measureMaking(counts: CountsAt): Promise<Verdict> {
  await counts.quiet(QUIET_MS);
  await counts.reset();
  const startedAt = performance.now();
  await makeSchedules(MANY, "yearly", "0 0 1 1 *");
  const seconds = (performance.now() - startedAt) / 1000;
  const { rowsWritten, indexRows, objectRequests } = await counts.quiet(QUIET_MS);
  const [rows, calls] = [total(rowsWritten) / MANY, total(objectRequests) / MANY];
  return {
    what:
      `${MANY.toLocaleString("en-US")} schedules made in ${seconds.toFixed(1)} s, ${AT_ONCE} at a time: for each ${rows.toFixed(2)} rows ` +
      `in objects (at most ${MOST_ROWS}), ${(indexRows / MANY).toFixed(2)} in D1, ${calls.toFixed(2)} calls`,
    met: rows <= MOST_ROWS,
  };
}

/** For so long nothing is to happen: the next of these ticks comes on New Year's Day. */
async function measureWaiting(counts: CountsAt, pid: number): Promise<Verdict> {
  await counts.reset();
  const cpu = cpuTime(pid) ?? Number.NaN;
  await sleep(WATCHED_MS);
  const cpuMs = (cpuTime(pid) ?? Number.NaN) - cpu;
  const { objectRequests, rowsWritten, rowsRead, queueMessages, indexRows } = await counts.read();
  const [calls, rows] = [total(objectRequests), total(rowsWritten) + rowsRead + indexRows];
  return {
    what:
      `${MANY.toLocaleString("en-US")} schedules, for ${WATCHED_MS / 1000} s: ${calls} calls and alarms, ${rows} rows, ${queueMessages} messages, ` +
      `${cpuMs} ms of the server's processor time; none of the counts may be more than 0`,
    met: calls + rows + queueMessages === 0,
  };
}

async function measureTicks(counts: CountsAt): Promise<Verdict[]> {
  const minute = Math.ceil((Date.now() + LEAD_MS) / MINUTE_MS) * MINUTE_MS;
  await sleep(minute - LEAD_MS - Date.now());
  const ids = await makeSchedules(TICKING, "each minute", "* * * * *");
  await counts.quiet(QUIET_MS);
  if (Date.now() > minute) throw new Error(`${TICKING} schedules were not made before their minute.`);
  await counts.reset();
  await sleep(minute - Date.now());
  const { objectRequests, rowsWritten, queueMessages, indexRows } = await counts.quiet(QUIET_MS);
  const late = (await Promise.all(ids.map(madeAt))).map((at) => at - minute);
  await Promise.all(ids.map((id) => schedules.del(id)));
  const each = (count: number): string => (count / TICKING).toFixed(2);
  const ofSchedules = total(rowsWritten, "schedule: ");
  return [
    {
      what:
        `a tick of ${TICKING} at once: ${each(ofSchedules)} rows in its schedule, ${each(total(rowsWritten) - ofSchedules)} in the group of its run, ` +
        `${each(indexRows)} in D1, ${each(total(objectRequests, "ScheduleKeeper."))} calls of the schedule, ` +
        `${each(total(objectRequests))} of all objects, ${each(queueMessages)} messages; at most 4 rows and 1 call of the schedule`,
      met: ofSchedules <= 4 * TICKING && total(objectRequests, "ScheduleKeeper.") <= TICKING,
    },
    {
      what:
        `${TICKING} schedules of one minute beside ${MANY.toLocaleString("en-US")} others: their runs were made ${Math.min(...late)} ms after it at the ` +
        `earliest, ${percentile(late, 0.5)} ms in the middle, ${Math.max(...late)} ms at the latest; at most ${MOST_LATE_MS} ms`,
      met: Math.min(...late) >= 0 && Math.max(...late) <= MOST_LATE_MS,
    },
  ];
}

async function makeSchedules(count: number, name: string, cron: string): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const maker = async (): Promise<void> => {
    while (next < count) {
      const deduplicationKey = `${name} ${next}`;
      next += 1;
      const { id } = await schedules.create({ task: tock.id, cron, deduplicationKey, externalId: deduplicationKey });
      ids.push(id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, maker));
  return ids;
}

/** When the one run of a schedule was made. */
async function madeAt(schedule: string): Promise<number> {
  const { data } = await runs.list({ schedule });
  const [run] = data;
  if (run === undefined || data.length > 1)
    throw new Error(`The schedule ${schedule} has ${data.length} runs, not one.`);
  return run.createdAt.getTime();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
