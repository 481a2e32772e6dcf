import { runs } from "../sdk/index.ts";
import { total } from "../test/support/counting.ts";
import type { Running } from "./contender.ts";
import { CountsAt } from "./counts.ts";
import { cpuTime } from "./machine.ts";
import { errand } from "./queue-tasks.ts";
import type { Verdict } from "./report.ts";

/** In groups of 10,000, and some hundred alone: every group has one alarm, far ahead. */
const BATCHES = 5;
const BATCH = 10_000;
const ALONE = 500;
const DELAY = "52w";
/** Longer than a group that has changed still looks after its index, once. */
const QUIET_MS = 20_000;
const WATCHED_MS = 30_000;

/** What runs with a delay cost while they wait. On a platform that counts. */
export async function measureDelays({ platform }: Running): Promise<Verdict[]> {
  const counts = new CountsAt(platform);
  const items = Array.from({ length: BATCH }, () => ({ payload: undefined, options: { delay: DELAY } }));
  for (let i = 0; i < BATCHES; i += 1) await errand.batchTrigger(items);
  const alone: { readonly id: string }[] = [];
  for (let i = 0; i < ALONE; i += 1) alone.push(await errand.trigger(undefined, { delay: DELAY }));
  await counts.quiet(QUIET_MS);
  await counts.reset();
  const cpu = cpuTime(platform.pid) ?? Number.NaN;
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  const cpuMs = (cpuTime(platform.pid) ?? Number.NaN) - cpu;
  const { objectRequests, rowsWritten, rowsRead, queueMessages, indexRows } = await counts.read();
  const calls = total(objectRequests);
  const rows = total(rowsWritten) + rowsRead + indexRows;
  for (const handle of [alone.at(0), alone.at(-1)]) {
    const status = handle && (await runs.retrieve(handle)).status;
    if (status !== "DELAYED") throw new Error(`A run with a delay of ${DELAY} is ${status}.`);
  }
  const made = BATCHES * BATCH + ALONE;
  return [
    {
      what:
        `${made.toLocaleString("en-US")} runs with a delay, for ${WATCHED_MS / 1000} s: ${calls} calls and alarms, ${rows} rows, ` +
        `${queueMessages} messages, ${cpuMs} ms of the server's processor time; none of the counts may be more than 0`,
      met: calls + rows + queueMessages === 0,
    },
  ];
}
