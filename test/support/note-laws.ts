import { rootOf } from "../../worker/core/address.ts";
import type { Run } from "../../worker/core/run.ts";
import { MetadataRows } from "../../worker/storage/metadata-rows.ts";
import { runId, type Laws } from "./laws.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

/** What a program notes: each step in the metadata of the root, with its result; each attempt in that of its run. */
interface Noted {
  readonly steps?: number;
  readonly attempts?: readonly number[];
}

/** When nothing happens any more, each change of metadata counts once. */
export function checkNotes(groups: ReadonlyMap<string, SimulatedDisk>, laws: Laws): void {
  const kept = new Map<string, number>();
  const noted = new Map<string, Noted>();
  for (const [key, disk] of groups) {
    const rows = new MetadataRows(disk.sql.storage);
    const runs = new Map<string, Run>();
    for (const { n, kind, record } of disk.entries()) if (kind === "run") runs.set(n, record as Run);
    for (const [n, run] of runs) {
      const metadata = rows.read(n);
      if (metadata !== undefined) noted.set(runId(key, n), JSON.parse(metadata.text) as Noted);
      const root = rootIdOf(key, n, runs);
      kept.set(root, (kept.get(root) ?? 0) + countSteps(disk, n));
      checkAttempts(runId(key, n), run, noted.get(runId(key, n)), laws);
    }
  }
  for (const [root, steps] of kept) {
    const counted = noted.get(root)?.steps ?? 0;
    if (counted !== steps) laws.break(`${root} has counted ${counted} steps below it; ${steps} were kept`);
  }
}

/** A replay or a message that comes again notes no attempt twice; the attempt that a run ends with is never missing. */
function checkAttempts(id: string, { attempt, state }: Run, { attempts = [] }: Noted = {}, laws: Laws): void {
  if (new Set(attempts).size < attempts.length) laws.break(`${id} has noted an attempt twice: ${attempts.join()}`);
  const isDone = state.at === "final" && (state.status === "COMPLETED" || state.status === "FAILED");
  if (isDone && attempts.at(-1) !== attempt)
    laws.break(`${id} ended in attempt ${attempt}, and noted ${attempts.join()}`);
}

function rootIdOf(key: string, n: string, runs: ReadonlyMap<string, Run>): string {
  const segments = n.split(".");
  const top = runs.has(rootOf(n)) ? rootOf(n) : segments.slice(0, 2).join(".");
  return runs.get(top)?.rootId ?? runId(key, top);
}

function countSteps(disk: SimulatedDisk, n: string): number {
  const query = "SELECT count(*) AS steps FROM entry WHERE parent = ? AND kind = 'step'";
  return disk.sql.storage.exec<{ steps: number }>(query, n).one().steps;
}
