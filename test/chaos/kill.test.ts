import { expect, test } from "vitest";
import { configure, runs, type RetrievedRun } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { Random } from "../support/random.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { BATCH, EFFECTS, job, LEVELS, RUNS, type Done } from "./tasks.ts";
import { Testimony } from "./testimony.ts";

const JOBS = 200;
const KILLS = 7;
const AT_ONCE = 25;
const LEASE_SECONDS = 5;

test(`${JOBS} jobs survive ${KILLS} kills: all end right, what was recorded is not done again`, async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
  console.info(`kill -9: seed ${seed} (SEED=${seed} kills at the same times)`);
  await using platform = await MortalPlatform.start(LEASE_SECONDS);
  configure({ baseURL: platform.url, accessToken: platform.key });
  await using outside = new Outside(() => platform.url);
  const tag = `chaos-${crypto.randomUUID()}`;
  const startedAt = performance.now();

  const triggered = triggerAll(outside.name, tag);
  await killAtRandom(platform, outside, new Random(seed));
  const killedFor = performance.now() - startedAt;
  const ids = await triggered;
  const finals = await Promise.all(ids.map(finish));
  const took = performance.now() - startedAt;

  expect(finals.filter((run) => run.status !== "COMPLETED").map((run) => [run.status, run.error])).toEqual([]);
  const outputs = finals.map((run) => run.output as Done);
  const testimony = new Testimony(outside.told.map((one) => one.what));
  for (const [n, output] of outputs.entries()) checkJob(n, output, testimony);
  expect(testimony.names).toEqual({ ran: JOBS * EFFECTS, seen: JOBS * EFFECTS });
  expect(testimony.broken).toEqual([]);
  await checkChildren(finals);
  await checkIndex(tag);

  const passedOver = Math.max(...outputs.map((output) => output.attempts));
  console.info(
    [
      `kill -9: ${platform.kills} kills over ${seconds(killedFor)}, ${JOBS} jobs of ${RUNS} runs each`,
      `all ${JOBS * RUNS} runs ended ${seconds(took)} after the first trigger, ${seconds(took - killedFor)} after the last kill`,
      `${JOBS * EFFECTS} steps recorded, each seen with one result only; ${testimony.repeats} more were begun and lost with the runtime before they were recorded`,
      `attempts of a job: ${passedOver} at most`,
    ].join("\n  "),
  );
});

/** Triggers all jobs, some at a time, while the platform comes and goes; a trigger that was sent again is one run. */
async function triggerAll(outside: string, tag: string): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < JOBS) {
      const n = next;
      next += 1;
      ids[n] = (await job.trigger({ outside, tag, n }, { tags: tag })).id;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return ids;
}

/** Kills at random moments, each some time after work has been seen to go on. */
async function killAtRandom(platform: MortalPlatform, outside: Outside, random: Random): Promise<void> {
  for (let i = 0; i < KILLS; i += 1) {
    const seen = outside.told.length;
    await expect
      .poll(() => outside.told.length, { timeout: 60_000, interval: 5 })
      .toBeGreaterThan(seen + random.below(120));
    await new Promise((resolve) => setTimeout(resolve, random.below(400)));
    await platform.kill();
  }
}

/** Polls across restarts, of which a client's own retries know nothing. */
async function finish(id: string): Promise<RetrievedRun> {
  return runs.poll(id, { signal: AbortSignal.timeout(180_000), pollIntervalMs: 500 });
}

function checkJob(n: number, output: Done, testimony: Testimony): void {
  expect(output.n).toBe(n);
  expect(output.pieces.map((one) => one.part)).toEqual(Array.from({ length: BATCH }, (_, i) => `${n}/part ${i}`));
  expect(output.pair.map((one) => one.part)).toEqual([`${n}/part ${BATCH}`, `${n}/part ${BATCH + 1}`]);
  expect(output.chain.length).toBe(LEVELS + 1);
  if (n % 4 === 0) expect(output.attempts).toBeGreaterThan(2);
  const kept: Record<string, string> = { [`${n}/first`]: output.first, [`${n}/last`]: output.last };
  for (const one of [...output.pieces, ...output.pair]) kept[one.part] = one.token;
  for (const [level, token] of output.chain.entries()) kept[`${n}/level ${level}`] = token;
  for (const [name, token] of Object.entries(kept)) expect(testimony.seen(name)).toEqual([token]);
  expect(testimony.got(`${n}/batch`)).toEqual([output.pieces.map(({ id, token }) => `${id}=${token}`).join(",")]);
}

/** Each job has the runs below it that it asked for, each once, and got what they gave. */
async function checkChildren(jobs: readonly RetrievedRun[]): Promise<void> {
  for (const run of jobs) {
    const output = run.output as Done;
    const children = run.relatedRuns.children ?? [];
    const expected = [...output.pieces, ...output.pair].map((one) => one.id);
    expect(new Set(expected).size).toBe(BATCH + 2);
    const pieces = children.filter((child) => child.taskIdentifier === "piece").map((child) => child.id);
    expect([...pieces].sort()).toEqual([...expected].sort());
    expect(children.filter((child) => child.taskIdentifier === "chain").length).toBe(1);
    for (const one of output.pair) {
      expect((await runs.retrieve(one.id)).output).toEqual({
        part: one.part,
        token: one.token,
        attempts: one.attempts,
      });
    }
  }
}

/** The index catches up: it has all runs, and all of them are final. */
async function checkIndex(tag: string): Promise<void> {
  const count = async () => {
    let completed = 0;
    for await (const run of runs.list({ tag, limit: 100 })) if (run.status === "COMPLETED") completed += 1;
    return completed;
  };
  await expect.poll(count, { timeout: 60_000, interval: 500 }).toBe(JOBS * RUNS);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
