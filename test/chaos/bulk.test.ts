import { expect, test } from "vitest";
import { configure, runs, type BulkReference, type RunItem, type RunListFilter } from "../../sdk/index.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { idle } from "./tasks.ts";

const RUNS = 350;
const KILLS = 3;

test(`bulk actions on ${RUNS} runs come through ${KILLS} kills each: every run is replayed once, and cancelled`, async () => {
  await using platform = await MortalPlatform.start(5);
  configure({ baseURL: platform.url, accessToken: platform.key });
  const tag = `bulk-${crypto.randomUUID()}`;
  await idle.batchTrigger(Array.from({ length: RUNS }, () => ({ options: { delay: "1h", tags: tag } })));
  const originals = (await listed({ tag }, RUNS)).map(({ id }) => id).sort();

  const replay = await runs.bulk.replay({ filter: { tag } });
  expect(await killing(platform, replay)).toEqual({ total: RUNS, success: RUNS, failure: 0, skipped: 0 });
  const made = await listed({ bulkAction: replay.id }, RUNS);
  const replays = await Promise.all(made.map(({ id }) => runs.poll(id, { signal: AbortSignal.timeout(60_000) })));
  expect(replays.map(({ replayedFrom = "" }) => replayedFrom).sort()).toEqual(originals);
  expect(replays.every(({ status }) => status === "COMPLETED")).toBe(true);
  // The index hears of an end a little later than the group: a cancel action that reads it before skips what has ended.
  await listed({ tag, status: "COMPLETED" }, RUNS);

  const cancel = await runs.bulk.cancel({ filter: { tag } });
  expect(await killing(platform, cancel)).toEqual({ total: RUNS, success: RUNS, failure: 0, skipped: 0 });
  expect((await listed({ tag, status: "CANCELED" }, RUNS)).map(({ id }) => id).sort()).toEqual(originals);
});

/** Kills the platform whenever the action has come a page further. The counts in the end. */
async function killing(platform: MortalPlatform, action: BulkReference) {
  for (let kills = 0; kills < KILLS; kills += 1) {
    await expect
      .poll(async () => (await runs.bulk.retrieve(action)).counts.success, { timeout: 60_000, interval: 5 })
      .toBeGreaterThanOrEqual(kills * 100);
    await platform.kill();
  }
  const { status, counts } = await runs.bulk.poll(action, { pollIntervalMs: 50, signal: AbortSignal.timeout(60_000) });
  expect(status).toBe("COMPLETED");
  return counts;
}

async function listed(filter: RunListFilter, count: number): Promise<RunItem[]> {
  const all = async () => {
    const found: RunItem[] = [];
    for await (const run of runs.list({ ...filter, limit: 100 })) found.push(run);
    return found;
  };
  await expect.poll(async () => (await all()).length, { timeout: 60_000, interval: 200 }).toBe(count);
  return all();
}
