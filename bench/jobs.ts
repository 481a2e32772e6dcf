import type { Contender, Work } from "./contender.ts";

const FLOOD = 1000;
const FLOODS = 3;
const AT_ONCE = 50;
const WARM_UP = 200;

/** What a job gives: milliseconds, or runs a second, by the name of the figure. */
export type Figures = Readonly<Record<string, number>>;

export interface Job {
  readonly id: string;
  readonly what: string;
  /** The runs that it makes, warm-up aside. */
  readonly runs: number;
  run(contender: Contender): Promise<Figures>;
}

export const jobs = {
  a: {
    id: "a",
    what: `${FLOOD} no-ops, ${AT_ONCE} at a time, ${FLOODS} times`,
    runs: FLOOD * FLOODS,
    async run(contender) {
      const floods = await repeat(FLOODS, () => flood(contender));
      const median = (figure: keyof Flood): number =>
        percentile(
          floods.map((times) => times[figure]),
          0.5,
        );
      return { "accepted/s": median("accepted/s"), "done/s": median("done/s") };
    },
  },
  b: {
    id: "b",
    what: "one no-op, trigger to result, 100 in sequence",
    runs: 100,
    async run(contender) {
      const times = await repeat(100, () => time(contender, "noop", 0, "done"));
      return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
    },
  },
  c: { id: "c", what: "fan-out of 100 and back, 10 times", runs: 1010, run: fanOut(100, 10) },
  c1000: { id: "c1000", what: "fan-out of 1,000 and back, once", runs: 1001, run: fanOut(1000, 1) },
  d: {
    id: "d",
    what: "chain of 10 nested waits, 5 times",
    runs: 55,
    async run(contender) {
      return { p50: percentile(await repeat(5, () => time(contender, "chain", 10, 10)), 0.5) };
    },
  },
} as const satisfies Readonly<Record<string, Job>>;

/** Brings code, connections and first objects to life. */
export async function warmUp(contender: Contender): Promise<void> {
  await repeat(WARM_UP, () => time(contender, "noop", 0, "done"));
  await pool(WARM_UP, () => time(contender, "noop", 0, "done"));
  await repeat(10, () => time(contender, "fan-out", 100, 100));
  await repeat(10, () => time(contender, "chain", 10, 10));
}

/** Milliseconds from trigger to result of each of `times` runs, one after the other. */
export function timings(contender: Contender, work: Work, n: number, times: number): Promise<number[]> {
  return repeat(times, () => time(contender, work, n, n));
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

interface Flood {
  readonly "accepted/s": number;
  readonly "done/s": number;
}

/** All are triggered, and then all results are asked for; a client that asked in between would slow its own triggers. */
export async function flood(contender: Contender): Promise<Flood> {
  const handles: string[] = [];
  const start = performance.now();
  await pool(FLOOD, async () => void handles.push(await contender.trigger("noop", 0)));
  const accepted = performance.now() - start;
  await pool(FLOOD, async (index) => check(await contender.result(handles[index] ?? ""), "done"));
  const done = performance.now() - start;
  return { "accepted/s": (FLOOD * 1000) / accepted, "done/s": (FLOOD * 1000) / done };
}

function fanOut(n: number, times: number): Job["run"] {
  return async (contender) => ({ p50: percentile(await timings(contender, "fan-out", n, times), 0.5) });
}

async function time(contender: Contender, work: Work, n: number, expected: unknown): Promise<number> {
  const start = performance.now();
  const output = await contender.result(await contender.trigger(work, n));
  const ms = performance.now() - start;
  check(output, expected);
  return ms;
}

/** A wrong result makes every figure worthless. */
function check(output: unknown, expected: unknown): void {
  if (output !== expected)
    throw new Error(`A run gave ${JSON.stringify(output)} in place of ${JSON.stringify(expected)}.`);
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  while (results.length < times) results.push(await work());
  return results;
}

async function pool(times: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
