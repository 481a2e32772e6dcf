import { runs } from "../sdk/index.ts";
import type { Running } from "./contender.ts";
import { percentile } from "./jobs.ts";
import { cpuTime } from "./machine.ts";
import { AT_ONCE, errand, errands, lineUp, queues } from "./queue-tasks.ts";
import type { Verdict } from "./report.ts";

const RUNS = 1_000;
const ROUNDS = 5;
const MOST_LOSS = 0.2;
/** The index of what ran before is written meanwhile. */
const PAUSE_MS = 1_500;

interface Pair {
  readonly what: string;
  /** Nothing ever waits here, so it is only shown: what it costs to ask for each slot. */
  readonly isShown?: true;
  readonly free: () => Promise<void>;
  readonly limited: () => Promise<void>;
}

/** Both sides have the same 1,000 runs of 5 ms, ten at a time: one because nobody asks for more, one because of the limit. */
const PAIRS: readonly Pair[] = [
  {
    what: "ten clients that each keep one run going, so that none has to wait",
    isShown: true,
    free: () => clients({}),
    limited: () => clients({ queue: queues.ten }),
  },
  {
    what: "ten parents that each keep one child going, and a parent with all of them in line",
    free: parents,
    limited: backlog,
  },
];

/** What a limit of ten costs, in time and in the server's processor time: the median of rounds that are taken in turns. */
export async function measureLoss({ platform }: Running): Promise<Verdict[]> {
  for (const { free, limited } of PAIRS) {
    await free();
    await limited();
  }
  const verdicts: Verdict[] = [];
  for (const { what, isShown = false, free, limited } of PAIRS) {
    const ratios: { readonly ms: number; readonly cpu: number; readonly times: readonly [number, number] }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [one, other] = [await timed(platform.pid, free), await timed(platform.pid, limited)];
      ratios.push({ ms: one.ms / other.ms, cpu: one.cpu / other.cpu, times: [one.ms, other.ms] });
    }
    const median = (pick: (ratio: (typeof ratios)[number]) => number): number => percentile(ratios.map(pick), 0.5);
    const rate = (side: 0 | 1): number => Math.round((RUNS * 1000) / median(({ times }) => times[side]));
    const loss = 1 - median(({ ms }) => ms);
    verdicts.push({
      what:
        `${what}: ${rate(0)} done/s without a limit, ${rate(1)} with one, ${percent(loss)} lost ` +
        `(${percent(1 - median(({ cpu }) => cpu))} of processor time)${isShown ? "" : `, at most ${percent(MOST_LOSS)}`}`,
      met: isShown || loss <= MOST_LOSS,
    });
  }
  return verdicts;
}

async function timed(pid: number, work: () => Promise<void>): Promise<{ readonly ms: number; readonly cpu: number }> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const cpu = cpuTime(pid) ?? Number.NaN;
  const start = performance.now();
  await work();
  return { ms: performance.now() - start, cpu: (cpuTime(pid) ?? Number.NaN) - cpu };
}

async function clients(options: { readonly queue?: typeof queues.ten }): Promise<void> {
  let left = RUNS;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await completed(await errand.trigger(undefined, options));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
}

async function parents(): Promise<void> {
  const all = Array.from({ length: AT_ONCE }, () => errands.trigger({ n: RUNS / AT_ONCE }));
  for (const handle of await Promise.all(all)) await completed(handle);
}

async function backlog(): Promise<void> {
  await completed(await lineUp.trigger({ count: RUNS, keys: 1, from: 0 }));
}

/** Waits until the run has completed. */
export async function completed(handle: { readonly id: string }): Promise<void> {
  const { status, error } = await runs.poll(handle);
  if (status !== "COMPLETED") throw new Error(`Run ${handle.id} ended ${status}: ${error?.message ?? ""}`);
}

function percent(part: number): string {
  return `${Math.round(part * 100)}%`;
}
