import type { Cost } from "./cost.ts";
import type { Figures, Job } from "./jobs.ts";

/** What a figure has to be: so many times better than Workflows, and no worse than the prototype by more than half. */
export interface Target {
  readonly figure: string;
  readonly ratio: number;
  readonly prototype: string;
  readonly limit: number;
}

export interface Outcome {
  readonly job: Job;
  readonly runlet: Figures;
  /** The message of what went wrong, where Workflows did not get through. */
  readonly workflows: Figures | string;
  readonly target: Target;
}

export interface Verdict {
  readonly what: string;
  readonly met: boolean;
}

const PER_SECOND = "/s";

/** How many times better Runlet's figure is: a rate is better when it is higher, a time when it is lower. */
function ratioOf(name: string, runlet: number, workflows: number): number {
  return name.endsWith(PER_SECOND) ? runlet / workflows : workflows / runlet;
}

export function jobTable(outcomes: readonly Outcome[]): string {
  const rows = [["", "job", "figure", "Runlet", "Workflows", "ratio", "at least", "limit", "prototype"]];
  for (const { job, runlet, workflows, target } of outcomes) {
    Object.entries(runlet).forEach(([figure, value], index) => {
      const peer = typeof workflows === "string" ? undefined : workflows[figure];
      const aimed = figure === target.figure;
      rows.push([
        index === 0 ? job.id : "",
        index === 0 ? job.what : "",
        figure,
        show(figure, value),
        peer === undefined ? "failed" : show(figure, peer),
        peer === undefined ? "" : `${ratioOf(figure, value, peer).toFixed(1)}x`,
        aimed ? `${target.ratio}x` : "",
        aimed ? `${figure.endsWith(PER_SECOND) ? ">=" : "<="} ${show(figure, target.limit)}` : "",
        aimed ? target.prototype : "",
      ]);
    });
  }
  return table(rows, 3);
}

export function verdicts({ job, runlet, workflows, target }: Outcome): Verdict[] {
  const { figure, ratio, limit } = target;
  const value = runlet[figure] ?? Number.NaN;
  const isRate = figure.endsWith(PER_SECOND);
  const own = `${job.id}: ${show(figure, value)}, ${isRate ? "at least" : "at most"} ${show(figure, limit)}`;
  const held = { what: own, met: isRate ? value >= limit : value <= limit };
  if (typeof workflows === "string") return [{ what: `${job.id}: Workflows failed (${workflows})`, met: false }, held];
  const times = ratioOf(figure, value, workflows[figure] ?? Number.NaN);
  return [{ what: `${job.id}: ${times.toFixed(1)} times Workflows, at least ${ratio}`, met: times >= ratio }, held];
}

export function costTable(costs: readonly Cost[]): string {
  const head = ["one run", "group rows", "object requests", "queue operations", "D1 rows", "Worker requests"];
  const rows = [[...head, "object seconds", "CPU ms", "a million cost"]];
  for (const { what, usage, dollars } of costs) {
    const { rowsWritten, objectRequests, queueOperations, indexRows, workerRequests, objectSeconds, cpuMs } = usage;
    const counts = [rowsWritten, objectRequests, queueOperations, indexRows, workerRequests].map((n) => n.toFixed(2));
    rows.push([what, ...counts, objectSeconds.toFixed(3), cpuMs.toFixed(2), `$${dollars.toFixed(2)}`]);
  }
  return table(rows, 1);
}

/** Columns two spaces apart; those from `right` on are aligned to the right. */
function table(rows: readonly (readonly string[])[], right: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column < right ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

function show(figure: string, value: number): string {
  return figure.endsWith(PER_SECOND)
    ? `${Math.round(value)}`
    : `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}
