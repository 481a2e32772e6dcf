import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import { notFound, placeOf } from "./place-of.ts";
import { withFarRelatives } from "./related-runs.ts";
import { textOf, type ToldRun, type ToldRuns } from "./tell-run.ts";

/** How long a question after a run is held open. */
export const MAX_WAIT_SECONDS = 10;

/** How runs are asked for. `packets`: values come as packets, for readers with superjson; else as JSON. */
export interface Reading {
  /** How long to wait for the end, in seconds: 0 to 10. */
  readonly wait: number;
  readonly packets: boolean;
}

/** The run as JSON, once it is final or the time is over. Throws `RunletApiError`: 404 for an unknown run. */
export async function readRun(env: Env, id: string, { wait, packets }: Reading): Promise<string> {
  const { group, n } = placeOf("run", id);
  const told = await callGroup(env, group, (stub) => stub.retrieve(n, milliseconds(wait), packets));
  return told === null ? notFound("run", id) : inFull(env, told, wait);
}

/**
 * Several runs, each as `readRun` gives it, and each once. A group is asked once for all of its runs, and then only for those that
 * have not ended. One with long values fails with `retrieve_alone` (413): together they could be more than fits into memory.
 */
export function readRuns(env: Env, ids: Iterable<string>, reading: Reading): Map<string, Promise<string>> {
  const runs = new Map<string, Promise<string>>();
  const groups = new Map<string, Map<string, string>>();
  for (const id of new Set(ids)) {
    try {
      const { group, n } = placeOf("run", id);
      const members = groups.get(group) ?? new Map<string, string>();
      groups.set(group, members.set(id, n));
    } catch (error) {
      runs.set(id, Promise.reject(error));
    }
  }
  for (const [group, members] of groups) readMembers(env, group, members, reading, runs);
  return runs;
}

/** `members`: the path of each run by its id. */
function readMembers(
  env: Env,
  group: string,
  members: ReadonlyMap<string, string>,
  { wait, packets }: Reading,
  runs: Map<string, Promise<string>>,
): void {
  const ask = (ns: readonly string[], waitMs: number) =>
    callGroup(env, group, (stub) => stub.retrieveAll(ns, waitMs, packets));
  const first = ask([...members.values()], 0);
  let at = 0;
  for (const [id, n] of members) {
    const i = at;
    at += 1;
    runs.set(
      id,
      first.then(async (all) => {
        const told = briefly(id, all[i]);
        if (told.isFinal || wait === 0) return inFull(env, told, wait);
        const [later] = await ask([n], milliseconds(wait));
        return inFull(env, briefly(id, later), wait);
      }),
    );
  }
}

function briefly(id: string, told: ToldRuns[number]): ToldRun {
  if (told === null) return notFound("run", id);
  if (told !== undefined) return told;
  throw new RunletApiError(
    413,
    "retrieve_alone",
    `Run "${id}" is not told of with others: its values are long, or together they are. Retrieve it alone.`,
  );
}

/** Whoever waits for the end does not look at relatives meanwhile. */
async function inFull(env: Env, told: ToldRun, wait: number): Promise<string> {
  const isLooking = told.isFinal || wait === 0;
  return told.lacksRelatives && isLooking ? withFarRelatives(env, textOf(told)) : textOf(told);
}

function milliseconds(wait: number): number {
  return Math.min(Math.max(wait, 0), MAX_WAIT_SECONDS) * 1000;
}
