import { rootOf, splitPath } from "../core/address.ts";
import type { Run } from "../core/run.ts";
import type { Turn } from "./turn.ts";

/** The path of the run that made this one, in the same group. A batch between them is no run. */
export function parentPath(turn: Turn, n: string): string | undefined {
  const { parent } = splitPath(n);
  if (parent === "") return undefined;
  return turn.run(parent) !== undefined ? parent : parentPath(turn, parent);
}

export function parentIdOf(turn: Turn, run: Run): string | undefined {
  const path = parentPath(turn, run.n);
  return path === undefined ? run.parentId : turn.runId(path);
}

/** The run at the top of the tree that this one belongs to; undefined when it is the top itself. */
export function rootIdOf(turn: Turn, run: Run): string | undefined {
  const top = topOf(turn, run);
  return top.rootId ?? (top.n === run.n ? undefined : turn.runId(top.n));
}

/** How many runs are above this one. */
export function runDepth(turn: Turn, run: Run): number {
  let depth = topOf(turn, run).outerDepth ?? 0;
  for (let path = parentPath(turn, run.n); path !== undefined; path = parentPath(turn, path)) depth += 1;
  return depth;
}

/** The highest run of this group above a run, or the run itself. A batch at the root is none: its items are tops. */
function topOf(turn: Turn, run: Run): Run {
  const root = rootOf(run.n);
  if (root === run.n) return run;
  const found = turn.run(root);
  if (found !== undefined) return found;
  const segments = run.n.split(".");
  return (segments.length <= 2 ? undefined : turn.run(segments.slice(0, 2).join("."))) ?? run;
}

/** The run of a public id, if it is in this group. */
export function runOfId(turn: Turn, id: string): Run | undefined {
  const prefix = turn.runId("");
  return id.startsWith(prefix) ? turn.run(id.slice(prefix.length)) : undefined;
}
