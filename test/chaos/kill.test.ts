import { expect, test } from "vitest";
import { runs, type RetrievedRun } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { Random, seeds } from "../support/random.ts";
import { Restarts } from "./restarts.ts";
import { family } from "./tasks.ts";

const FAMILIES = 30;
const RUNS_PER_FAMILY = 7;
const KILLS = 6;

test("everything ends right and nothing that was kept is done twice, though the runtime is killed again and again", async () => {
  const seed = seeds(1).first;
  const random = new Random(seed);
  console.log(`seed ${seed}`);
  await using platform = await Restarts.begin();
  await using outside = new Outside(() => platform.url);
  const started = performance.now();
  const handles = await Promise.all(
    Array.from({ length: FAMILIES }, (_, i) => family.trigger({ outside: outside.name, what: `f${i}` })),
  );
  for (let kill = 0; kill < KILLS; kill += 1) {
    // The moments are random on purpose: nothing is waited for.
    await new Promise((resolve) => setTimeout(resolve, random.between(200, 1_500)));
    await platform.killAndStart();
  }
  const ended = await Promise.all(handles.map(({ id }) => untilFinal(id)));
  const seconds = (performance.now() - started) / 1000;

  for (const run of ended)
    expect({ status: run.status, error: run.error }).toEqual({ status: "COMPLETED", error: undefined });
  const marks = marksSeen(outside);
  ended.forEach((run, i) => {
    // Whoever looked saw the same mark each time, and it is the one in the result.
    const { first, child, batch, grandchild, last } = run.output as FamilyOutput;
    expect(marks(`f${i}.first`)).toEqual([first]);
    expect(marks(`f${i}.last`)).toEqual([last]);
    expect(marks(`f${i}.child`)).toEqual([child]);
    expect(marks(`f${i}.batch`)).toEqual([batch.join(" ")]);
    expect(batch.map((_, item) => marks(`f${i}.item${item}`))).toEqual(batch.map((mark) => [mark]));
    expect(marks(`f${i}.middle`)).toEqual([grandchild]);
    expect(marks(`f${i}.middle.leaf`)).toEqual([grandchild]);
    // No child was made twice.
    expect(run.relatedRuns.children?.length).toBe(5);
  });
  const acts = outside.told.filter(({ what }) => what.endsWith(" acts")).length;
  const steps = FAMILIES * RUNS_PER_FAMILY;
  console.log(
    `${platform.kills} kills, ${FAMILIES * RUNS_PER_FAMILY} runs, all ended in ${seconds.toFixed(1)} s; ` +
      `${steps} steps kept, ${acts} times acted (${acts - steps} cut off by a kill before they were kept)`,
  );
  for (const [what, times] of actsAfterKept(outside)) expect({ what, times }).toEqual({ what, times: 0 });
});

interface FamilyOutput {
  readonly first: string;
  readonly child: string;
  readonly batch: readonly string[];
  readonly grandchild: string;
  readonly last: string;
}

async function untilFinal(id: string): Promise<RetrievedRun> {
  return runs.poll(id, { signal: AbortSignal.timeout(200_000), pollIntervalMs: 250 });
}

/** The different marks that were seen under a name. */
function marksSeen(outside: Outside): (name: string) => string[] {
  const seen = new Map<string, Set<string>>();
  for (const { what } of outside.told) {
    const [name, mark] = what.split(" saw ");
    if (name === undefined || mark === undefined) continue;
    seen.set(name, (seen.get(name) ?? new Set()).add(mark));
  }
  return (name) => [...(seen.get(name) ?? [])];
}

/** How often each step acted again after somebody had seen what it had kept. */
function actsAfterKept(outside: Outside): Map<string, number> {
  const kept = new Set<string>();
  const again = new Map<string, number>();
  for (const { what } of outside.told) {
    const [name = ""] = what.split(" ");
    if (what.includes(" saw ")) kept.add(name);
    else if (what.endsWith(" acts")) again.set(name, (again.get(name) ?? 0) + (kept.has(name) ? 1 : 0));
  }
  return again;
}
