import { runs, type RetrievedRun, type RunStatus } from "../../sdk/index.ts";
import { duration, LOOKS, pad, paint, paintStatus, spread } from "./paint.ts";
import { WIDTH } from "./screen.ts";

/** A run and the runs that it has waited for so far. */
export interface RunTree {
  readonly run: RetrievedRun;
  readonly children: readonly RunTree[];
}

/** Reads a run and everything below it. What `known` holds is final and is not asked for again. */
export async function readTree(id: string, known: Map<string, RunTree>): Promise<RunTree> {
  const before = known.get(id);
  if (before !== undefined) return before;
  const run = await runs.retrieve(id);
  const children = await Promise.all((run.relatedRuns.children ?? []).map((child) => readTree(child.id, known)));
  const tree = { run, children };
  if (run.isCompleted && children.every((child) => child.run.isCompleted)) known.set(id, tree);
  return tree;
}

export function statusesOf({ run, children }: RunTree): RunStatus[] {
  return [run.status, ...children.flatMap(statusesOf)];
}

/** One line for each run: task, what it is about, status, how long it has taken so far. */
export function drawTree(tree: RunTree, describe: (run: RetrievedRun) => string, first = "", rest = ""): string[] {
  const { run, children } = tree;
  const { mark } = LOOKS[run.status];
  const name = pad(`${paint("dim", first)}${run.taskIdentifier}`, 22);
  const status = pad(paintStatus(run.status, `${mark} ${run.status.toLowerCase()}`), 14);
  const time = run.startedAt === undefined ? "" : duration(run.durationMs);
  const line = spread(`     ${name} ${pad(paint("dim", describe(run)), WIDTH - 53)} ${status}`, time, WIDTH - 2);
  return [
    line,
    ...children.flatMap((child, i) => {
      const isLast = i === children.length - 1;
      return drawTree(child, describe, `${rest}${isLast ? "└─ " : "├─ "}`, `${rest}${isLast ? "   " : "│  "}`);
    }),
  ];
}
