import { expect, test } from "vitest";
import { configure, runs, type RetrievedRun } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { Random } from "../support/random.ts";
import {
  checkCommon,
  checkDoomed,
  checkEverything,
  checkSlots,
  completeTokens,
  mostAtOnce,
} from "./check-everything.ts";
import { everything, PER_KEY, TOTAL, type Everything } from "./everything.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { openBelow } from "./open-below.ts";
import { BATCH, EFFECTS, job, LEVELS, RUNS, type Done } from "./tasks.ts";
import { Testimony } from "./testimony.ts";

const JOBS = 100;
/** Jobs that go through all that a run can wait for; a multiple of how many share a child. */
const WHOLE = 40;
/** As many more are cancelled on their way. */
const DOOMED = 12;
const KILLS = 6;
const AT_ONCE = 25;
const LEASE_SECONDS = 5;

test(`${JOBS + WHOLE} jobs survive ${KILLS} kills: all end right, what was recorded is not done again`, async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
  console.info(`kill -9: seed ${seed} (SEED=${seed} kills at the same times)`);
  await using platform = await MortalPlatform.start(LEASE_SECONDS);
  configure({ baseURL: platform.url, accessToken: platform.key });
  await using outside = new Outside(() => platform.url);
  const tag = `chaos-${crypto.randomUUID()}`;
  const startedAt = performance.now();

  const over = new AbortController();
  const completing = completeTokens(outside, over.signal);
  const of = (n: number, share: boolean) => everything.trigger({ outside: outside.name, tag, n, share }, { tags: tag });
  const triggered = triggerAll(JOBS, (n) => job.trigger({ outside: outside.name, tag, n }, { tags: tag }));
  const wholes = triggerAll(WHOLE, (n) => of(n, true));
  const doomed = triggerAll(DOOMED, (n) => of(WHOLE + n, false));
  const canceling = doomed.then((all) => cancelAtRandom(all, new Random(seed + 1)));
  await killAtRandom(platform, outside, new Random(seed));
  const killedFor = performance.now() - startedAt;
  const finals = await Promise.all((await triggered).map(finish));
  const wholeFinals = await Promise.all((await wholes).map(finish));
  await canceling;
  const took = performance.now() - startedAt;
  const canceled = await checkDoomed(await doomed);

  expect(finals.filter((run) => run.status !== "COMPLETED").map((run) => [run.status, run.error])).toEqual([]);
  const outputs = finals.map((run) => run.output as Done);
  const testimony = new Testimony(outside.told.map((one) => one.what));
  for (const [n, output] of outputs.entries()) checkJob(n, output, testimony);
  const ofJobs = testimony.count((name) => /^\d+\/(first|last|part \d+|level \d+)$/.test(name));
  expect(ofJobs).toEqual({ ran: JOBS * EFFECTS, seen: JOBS * EFFECTS });
  expect(testimony.broken).toEqual([]);
  await checkChildren(finals);

  expect(wholeFinals.filter((run) => run.status !== "COMPLETED").map((run) => [run.status, run.error])).toEqual([]);
  for (const [n, run] of wholeFinals.entries()) checkEverything(n, run, tag, testimony);
  await checkCommon(wholeFinals.map((run) => run.output as Everything));
  const most = mostAtOnce(outside);
  expect(most.perKey).toBeLessThanOrEqual(PER_KEY);
  expect(most.total).toBeLessThanOrEqual(TOTAL);
  await checkSlots(outside);
  over.abort();
  await completing;
  await checkIndex(tag);

  const passedOver = Math.max(...outputs.map((output) => output.attempts));
  console.info(
    [
      `kill -9: ${platform.kills} kills over ${seconds(killedFor)}, ${JOBS} jobs of ${RUNS} runs each`,
      `${WHOLE} jobs with all there is to wait for, and ${DOOMED} more of which ${canceled} were canceled on their way`,
      `slots of one key taken at once: ${most.perKey} of ${PER_KEY} at most; of all: ${most.total} of ${TOTAL}`,
      `all ended ${seconds(took)} after the first trigger, ${seconds(took - killedFor)} after the last kill`,
      `${JOBS * EFFECTS} steps recorded, each seen with one result only; ${testimony.repeats} more were begun and lost with the runtime before they were recorded`,
      `attempts of a job: ${passedOver} at most`,
    ].join("\n  "),
  );
});

/** Triggers so many jobs, some at a time, while the platform comes and goes; a trigger that was sent again is one run. */
async function triggerAll(count: number, trigger: (n: number) => Promise<{ readonly id: string }>): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = next;
      next += 1;
      ids[n] = (await trigger(n)).id;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return ids;
}

/** Cancels these one after the other, at random moments; who was told so sees that the run is over. */
async function cancelAtRandom(ids: readonly string[], random: Random): Promise<void> {
  for (const id of ids) {
    await new Promise((resolve) => setTimeout(resolve, random.below(600)));
    for (let isTold = false; !isTold;) {
      isTold = await runs.cancel(id).then(
        () => true,
        () => false,
      );
    }
    expect((await finish(id)).isCompleted).toBe(true);
  }
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
  try {
    return await runs.poll(id, { signal: AbortSignal.timeout(180_000), pollIntervalMs: 500 });
  } catch (cause) {
    throw new Error(["A job is stuck:", ...(await openBelow(id))].join("\n  "), { cause });
  }
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
    const counts = { jobs: 0, open: 0 };
    for await (const run of runs.list({ tag, limit: 100 })) {
      if (!run.isCompleted) counts.open += 1;
      if (["job", "piece", "chain"].includes(run.taskIdentifier) && run.status === "COMPLETED") counts.jobs += 1;
    }
    return counts;
  };
  await expect.poll(count, { timeout: 60_000, interval: 500 }).toEqual({ jobs: JOBS * RUNS, open: 0 });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
