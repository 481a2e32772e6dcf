import { total } from "../test/support/counting.ts";
import type { Contender } from "./contender.ts";
import type { BenchCounts } from "./counting-worker.ts";
import { startCounted } from "./contender.ts";
import { CountsAt } from "./counts.ts";
import { flood, jobs, timings, warmUp } from "./jobs.ts";

/** Dollars for a million (Cloudflare, paid plan, autumn 2026). */
const PRICES = {
  workerRequests: 0.3,
  queueOperations: 0.4,
  objectRequests: 0.15,
  rowsWritten: 1,
  indexRows: 1,
  rowsRead: 0.001,
  objectSeconds: 1.6,
  cpuMs: 0.02,
} as const;

/** A message is written, read and deleted. */
const OPERATIONS_PER_MESSAGE = 3;
/** Longer than a group gathers its changes for the index. */
const QUIET_MS = 1_000;

/** What one run uses. */
export type Usage = { readonly [Name in keyof typeof PRICES]: number };

export interface Cost {
  readonly what: string;
  readonly usage: Usage;
  /** Of a million such runs, in dollars. */
  readonly dollars: number;
}

interface CountedJob {
  readonly what: string;
  readonly runs: number;
  /** The job of the bench whose processor time stands for this one's. */
  readonly like: keyof typeof jobs;
  run(contender: Contender): Promise<unknown>;
}

const COUNTED: readonly CountedJob[] = [
  { what: "one alone", runs: 1, like: "b", run: (contender) => timings(contender, "chain", 0, 1) },
  { what: "one of a (1,000 together)", runs: 1000, like: "a", run: flood },
  { what: "one of b (100 in sequence)", runs: jobs.b.runs, like: "b", run: jobs.b.run },
  {
    what: "a child of 100, parent included",
    runs: 101,
    like: "c",
    run: (contender) => timings(contender, "fan-out", 100, 1),
  },
  { what: "a child of 1,000, parent included", runs: 1001, like: "c1000", run: jobs.c1000.run },
  { what: "a link of a chain of 11", runs: 11, like: "d", run: (contender) => timings(contender, "chain", 10, 1) },
];

/** Runs each job once more on a platform that counts, which would be too slow to time. `cpuMs` is per run, by job. */
export async function measureCosts(cpuMs: ReadonlyMap<string, number>): Promise<Cost[]> {
  const { contender, platform, stop } = await startCounted();
  const counts = new CountsAt(platform);
  try {
    await warmUp(contender);
    const costs: Cost[] = [];
    for (const { what, runs, like, run } of COUNTED) {
      await counts.quiet(QUIET_MS);
      await counts.reset();
      await run(contender);
      const usage = perRun(await counts.quiet(QUIET_MS), runs, cpuMs.get(like) ?? 0);
      costs.push({ what, usage, dollars: price(usage) });
    }
    return costs;
  } finally {
    await stop();
  }
}

function perRun(counts: BenchCounts, runs: number, cpuMs: number): Usage {
  return {
    workerRequests: counts.workerRequests / runs,
    queueOperations: (counts.queueMessages * OPERATIONS_PER_MESSAGE) / runs,
    objectRequests: total(counts.objectRequests) / runs,
    rowsWritten: total(counts.rowsWritten) / runs,
    indexRows: counts.indexRows / runs,
    rowsRead: counts.rowsRead / runs,
    objectSeconds: counts.objectMs / 1000 / runs,
    cpuMs,
  };
}

function price(usage: Usage): number {
  return Object.entries(PRICES).reduce((sum, [name, dollars]) => sum + usage[name as keyof Usage] * dollars, 0);
}
