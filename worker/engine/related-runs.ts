import type { RunObject } from "../../sdk/lib/wire.ts";
import { parseId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import type { RelatedRun } from "./describe-run.ts";

/** The run with its parent and root, where these are in other groups. One that cannot be had, or is no more, is left out. */
export async function withFarRelatives(env: Env, run: RunObject): Promise<RunObject> {
  const { relatedRuns, parentTaskRunId, rootTaskRunId } = run;
  const wantsParent = relatedRuns.parent === undefined && parentTaskRunId !== undefined;
  const wantsRoot = relatedRuns.root === undefined && rootTaskRunId !== undefined;
  if (!wantsParent && !wantsRoot) return run;
  const parent = wantsParent ? findRun(env, parentTaskRunId) : relatedRuns.parent;
  const isSame = parentTaskRunId === rootTaskRunId;
  const root = wantsRoot ? (isSame ? parent : findRun(env, rootTaskRunId)) : relatedRuns.root;
  const found = { parent: await parent, root: await root };
  return {
    ...run,
    relatedRuns: {
      ...relatedRuns,
      ...(found.root === undefined ? {} : { root: found.root }),
      ...(found.parent === undefined ? {} : { parent: found.parent }),
    },
  };
}

async function findRun(env: Env, id: string): Promise<RelatedRun | undefined> {
  const place = parseId("run", id);
  if (place === undefined) return undefined;
  try {
    return (await callGroup(env, place.group, (group) => group.summary(place.n))) ?? undefined;
  } catch (error) {
    console.warn(`runlet: ${id} is left out of the relatives of a run`, error);
    return undefined;
  }
}
