// `npm run bench`: the same jobs on Runlet and on Cloudflare Workflows, side by side on `workerd serve`, then what a run
// uses and costs, and what queues, schedules and webhooks cost. It starts and stops all it needs, and takes some eleven minutes. `npm run
// bench queues` measures the queues alone, and so do `schedules` and `webhooks`.
import { startCounted, startRunlet, startWorkflows, type Contender, type Running } from "./contender.ts";
import { measureCosts } from "./cost.ts";
import { jobs, percentile, timings, warmUp, type Figures, type Job } from "./jobs.ts";
import { cpuTime, describeMachine } from "./machine.ts";
import { measureDelays } from "./queue-delay.ts";
import { measureDepth } from "./queue-depth.ts";
import { measureLoss } from "./queue-speed.ts";
import { measureSchedules } from "./schedules.ts";
import { measureWebhooks } from "./webhooks.ts";
import { costTable, jobTable, verdicts, type Outcome, type Target, type Verdict } from "./report.ts";

const TARGETS: Readonly<Record<keyof typeof jobs, Target>> = {
  a: { figure: "done/s", ratio: 5, prototype: "870-1200", limit: 580 },
  b: { figure: "p50", ratio: 2, prototype: "4.2-5.1 ms", limit: 7.7 },
  c: { figure: "p50", ratio: 10, prototype: "11-12 ms", limit: 18 },
  c1000: { figure: "p50", ratio: 10, prototype: "106-116 ms", limit: 175 },
  d: { figure: "p50", ratio: 5, prototype: "16-22 ms", limit: 33 },
};

const INDEX_WRITTEN_MS = 2_000;

// Ends what was started: an exit does, a signal alone would not.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

console.log(describeMachine().join("\n"));
const parts = {
  queues: measureQueues,
  schedules: () => withRunning(startCounted(), measureSchedules),
  webhooks: () => withRunning(startRunlet(), measureWebhooks),
};
const [, , part] = process.argv;
if (part === "queues" || part === "schedules" || part === "webhooks") {
  print(await parts[part]());
  process.exit();
}
console.log("Each job runs on Runlet and then on Workflows, each freshly started and warmed up.\n");

/** Milliseconds of the server's processor time per run, by job. */
const cpuMs = new Map<string, number>();
const outcomes: Outcome[] = [];
for (const [id, job] of Object.entries(jobs)) {
  process.stdout.write(`${job.id}: ${job.what} ...`);
  const runlet = await withRunning(startRunlet(), (running) => runMetered(job, running));
  const workflows = await withRunning(startWorkflows(), ({ contender }) => job.run(contender)).catch(String);
  outcomes.push({ job, runlet, workflows, target: TARGETS[id as keyof typeof jobs] });
  console.log(" done");
}
const growth = await withRunning(startRunlet(), ({ contender }) => measureGrowth(contender));
console.log(`
${jobTable(outcomes)}
Workflows has no call of a child: its c and d are built from events. Its client is told of an end at once, as Runlet's is.
`);

console.log(`${costTable(await measureCosts(cpuMs))}
With the client's trigger and its question for the result. CPU is that of the server's whole process.
`);
print([...outcomes.flatMap(verdicts), ...growth]);
for (const measure of Object.values(parts)) print(await measure());

/** What limits cost, and what waits in queues. */
async function measureQueues(): Promise<Verdict[]> {
  return [
    ...(await withRunning(startRunlet(), measureLoss)),
    ...(await measureDepth(startCounted)),
    ...(await withRunning(startCounted(), measureDelays)),
  ];
}

function print(all: readonly Verdict[]): void {
  for (const { what, met } of all) console.log(`${met ? "met   " : "MISSED"} ${what}`);
}

async function withRunning<T>(start: Promise<Running>, use: (running: Running) => Promise<T>): Promise<T> {
  const running = await start;
  try {
    await warmUp(running.contender);
    return await use(running);
  } finally {
    await running.stop();
  }
}

async function runMetered(job: Job, { contender, platform }: Running): Promise<Figures> {
  const before = cpuTime(platform.pid);
  const figures = await job.run(contender);
  const after = cpuTime(platform.pid);
  if (before !== undefined && after !== undefined) cpuMs.set(job.id, (after - before) / job.runs);
  return figures;
}

/** Whether larger jobs take no more than their share. They take turns, since the machine's speed changes by the minute. */
async function measureGrowth(contender: Contender): Promise<Verdict[]> {
  const medians = async (work: "fan-out" | "waits", ...sizes: [number, number]): Promise<[number, number]> => {
    const times: [number[], number[]] = [[], []];
    for (let i = 0; i < 5; i += 1) {
      for (const which of [0, 1] as const) {
        // The index of what ran before is written meanwhile, which is no part of what is measured.
        await new Promise((resolve) => setTimeout(resolve, INDEX_WRITTEN_MS));
        times[which].push(...(await timings(contender, work, sizes[which], 1)));
      }
    }
    return [percentile(times[0], 0.5), percentile(times[1], 0.5)];
  };
  const compare = (what: string, [small, large]: [number, number], most: number): Verdict => ({
    what: `${what}: ${Math.round(small)} ms and ${Math.round(large)} ms, ${(large / small).toFixed(1)} times, at most ${most}`,
    met: large / small <= most,
  });
  return [
    compare("1,000 and 10,000 children", await medians("fan-out", 1_000, 10_000), 10),
    compare("100 and 200 waits in sequence", await medians("waits", 100, 200), 4),
  ];
}
