import type { RunObject } from "../../sdk/lib/wire.ts";
import { parseId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import type { RelatedRun } from "./describe-run.ts";

type Related = Pick<RunObject, "relatedRuns" | "parentTaskRunId" | "rootTaskRunId">;

/** Whether the parent or root of a run is in another group. */
export function lacksRelatives(run: Related): boolean {
  return lacks(run, "parent") || lacks(run, "root");
}

function lacks({ relatedRuns, ...ids }: Related, which: "parent" | "root"): boolean {
  return relatedRuns[which] === undefined && ids[`${which}TaskRunId`] !== undefined;
}

/** The run, as JSON, with its parent and root, where these are in other groups. One that cannot be had, or is no more, is left out. */
export async function withFarRelatives(env: Env, text: string): Promise<string> {
  const run = JSON.parse(text) as Related;
  const { relatedRuns, parentTaskRunId, rootTaskRunId } = run;
  const parent = lacks(run, "parent") ? findRun(env, parentTaskRunId) : relatedRuns.parent;
  const isSame = parentTaskRunId === rootTaskRunId;
  const root = lacks(run, "root") ? (isSame ? parent : findRun(env, rootTaskRunId)) : relatedRuns.root;
  const found = { parent: await parent, root: await root };
  return JSON.stringify({
    ...run,
    relatedRuns: {
      ...relatedRuns,
      ...(found.root === undefined ? {} : { root: found.root }),
      ...(found.parent === undefined ? {} : { parent: found.parent }),
    },
  });
}

async function findRun(env: Env, id: string | undefined): Promise<RelatedRun | undefined> {
  const place = id === undefined ? undefined : parseId("run", id);
  if (place === undefined) return undefined;
  try {
    return (await callGroup(env, place.group, (group) => group.summary(place.n))) ?? undefined;
  } catch (error) {
    console.warn(`runlet: ${id} is left out of the relatives of a run`, error);
    return undefined;
  }
}
