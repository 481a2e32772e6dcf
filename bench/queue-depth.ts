import { total } from "../test/support/counting.ts";
import { runs } from "../sdk/index.ts";
import type { Running } from "./contender.ts";
import { CountsAt } from "./counts.ts";
import type { BenchCounts } from "./counting-worker.ts";
import { AT_ONCE, block, letGo, lineUp, queues } from "./queue-tasks.ts";
import { completed } from "./queue-speed.ts";
import type { Verdict } from "./report.ts";

const WAITING = 100_000;
const KEYS = 10_000;
const BATCH = 10_000;
const FIRST = 1_000;
const MOST_TIMES = 1.5;
const MOST_ROWS = 1.2;
const SOON_MS = 20;
const QUIET_MS = 1_000;

/** What a run costs that goes through a queue, with `behind` others in line, of `keys` keys. */
interface Cost {
  readonly ms: number;
  readonly rows: number;
  readonly rowsRead: number;
  readonly calls: number;
}

/** Whether what is done in a queue costs more when many wait in it. On a platform that counts, and is slower for it. */
export async function measureDepth(start: () => Promise<Running>): Promise<Verdict[]> {
  const empty = await measureOn(start, 0, 1);
  const deep = await measureOn(start, WAITING, 1);
  const wide = await measureOn(start, WAITING, KEYS);
  const verdict = (what: string, cost: Cost): Verdict => {
    const growth = (name: keyof Cost): number => cost[name] / empty[name];
    const shown = (["ms", "rows", "rowsRead", "calls"] as const).map(
      (name) => `${cost[name].toFixed(2)} ${NAMES[name]} (${growth(name).toFixed(2)} times)`,
    );
    return {
      what: `a run with ${what}: ${shown.join(", ")}; at most ${MOST_TIMES} times the time and ${MOST_ROWS} times the rows written of an empty queue`,
      // Rows read are shown only: the alarms of the groups that stand in line look over their rows meanwhile.
      met: growth("ms") <= MOST_TIMES && growth("rows") <= MOST_ROWS,
    };
  };
  return [verdict("100,000 in line", deep), verdict("100,000 in line, of 10,000 keys", wide)];
}

const NAMES: Readonly<Record<keyof Cost, string>> = {
  ms: "ms",
  rows: "rows written",
  rowsRead: "rows read",
  calls: "calls",
};

async function measureOn(start: () => Promise<Running>, behind: number, keys: number): Promise<Cost> {
  const running = await start();
  try {
    return await measureWith(running, behind, keys);
  } finally {
    await running.stop();
  }
}

/** Takes all slots, lines up, lets go, and looks at what the first thousand that end cost, whoever they are. */
async function measureWith({ platform }: Running, behind: number, keys: number): Promise<Cost> {
  const counts = new CountsAt(platform);
  await completed(await lineUp.trigger({ count: FIRST, keys, from: 0 }));
  const blocks = await Promise.all(
    Array.from({ length: AT_ONCE }, () => block.trigger(undefined, { queue: queues.ten })),
  );
  for (const handle of blocks) await until(async () => (await runs.retrieve(handle)).status === "EXECUTING");
  await lineUp.trigger({ count: 2 * FIRST, keys, from: 0 });
  for (let from = 0; from < behind; from += BATCH) await lineUp.trigger({ count: BATCH, keys, from });
  await counts.quiet(QUIET_MS);
  await counts.reset();
  const startedAt = performance.now();
  await letGo.trigger();
  await until(async () => endedIn(await counts.read()) >= FIRST);
  const ms = performance.now() - startedAt;
  const all = await counts.read();
  const ended = endedIn(all);
  const { rowsWritten, rowsRead, objectRequests } = all;
  const [rows, calls] = [total(rowsWritten) / ended, total(objectRequests) / ended];
  return { ms: ms / ended, rows, rowsRead: rowsRead / ended, calls };
}

/** How many runs have ended: each writes its outcome. */
function endedIn({ rowsWritten }: BenchCounts): number {
  return rowsWritten["UPDATE with outcome"] ?? 0;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, SOON_MS));
}
