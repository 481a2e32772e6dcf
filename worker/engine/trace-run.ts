import type { TraceSpan } from "../../sdk/lib/event-wire.ts";
import { isFinal, statusOf, type Run } from "../core/run.ts";
import { attemptsOf, type Attempt } from "./describe-attempts.ts";
import { viewOf } from "./entry-view.ts";
import { rootIdOf } from "./lineage.ts";
import { readRow } from "./read-logs.ts";
import type { Turn } from "./turn.ts";

const MOST_SPANS = 2_000;

interface Shown {
  readonly message: string;
  readonly startedAt: number;
  readonly finishedAt?: number | undefined;
  readonly isError?: boolean;
  readonly isCancelled?: boolean;
  readonly level?: string;
  readonly task?: string | undefined;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** The run and all runs below it in this group as a tree of spans; undefined when there is no such run. */
export function traceRun(turn: Turn, n: string): { traceId: string; rootSpan: TraceSpan } | undefined {
  const run = turn.run(n);
  return run && new Tracer(turn).trace(run);
}

/** Builds spans until there are as many as one answer shows. */
class Tracer {
  private readonly turn: Turn;
  private left = MOST_SPANS;

  constructor(turn: Turn) {
    this.turn = turn;
  }

  trace(run: Run): { traceId: string; rootSpan: TraceSpan } {
    const root = this.run(run, undefined);
    const truncated = this.left > 0 ? {} : { truncated: true };
    const rootSpan = { ...root, data: { ...root.data, properties: { ...root.data.properties, ...truncated } } };
    return { traceId: rootIdOf(this.turn, run) ?? root.id, rootSpan };
  }

  private run(run: Run, parentId: string | undefined, key?: string): TraceSpan {
    const id = this.turn.runId(run.n);
    const status = statusOf(run);
    const outcome = this.turn.outcome(run.n);
    const error = outcome?.ok === false ? { error: `${outcome.error.name}: ${outcome.error.message}` } : {};
    const span = this.span(id, parentId, id, {
      message: run.task,
      task: run.task,
      startedAt: run.createdAt,
      finishedAt: run.finishedAt,
      isError: isFinal(run) && status !== "COMPLETED" && status !== "CANCELED",
      isCancelled: status === "CANCELED",
      properties: { status, tags: run.tags, ...(key === undefined ? {} : { key }), ...error },
    });
    const attempts = new Map<number, TraceSpan>();
    for (const attempt of attemptsOf(run, outcome)) {
      if (this.left <= 0) break;
      const made = this.attempt(attempt, id, span.data.isCancelled);
      attempts.set(attempt.number, made);
      span.children.push(made);
    }
    this.addEntries(run.n, (attempt) => attempts.get(attempt) ?? span);
    this.addLogs(run.n, (attempt) => attempts.get(attempt) ?? span);
    for (const { children } of [span, ...attempts.values()]) children.sort(byTime);
    return span;
  }

  private attempt({ number, startedAt, finishedAt, error }: Attempt, runId: string, isCancelled: boolean): TraceSpan {
    return this.span(`${runId}/attempt/${number}`, runId, runId, {
      message: `Attempt ${number}`,
      startedAt,
      finishedAt,
      isError: error !== undefined && !isCancelled,
      isCancelled: error !== undefined && isCancelled,
      properties: { attempt: number, ...(error === undefined ? {} : { error: `${error.name}: ${error.message}` }) },
    });
  }

  private addEntries(n: string, parentOf: (attempt: number) => TraceSpan): void {
    for (const entry of this.turn.scans.heads(n)) {
      if (this.left <= 0) return;
      const view = viewOf(this.turn, entry);
      if (view === undefined) continue;
      const parent = parentOf(view.attempt);
      if (entry.kind === "run") {
        parent.children.push(this.run(entry.record, parent.id, view.key));
        continue;
      }
      const { key, kind, message, startedAt, finishedAt, ok, error, id, taskIdentifier, status } = view;
      const failure = error === undefined ? {} : { error: `${error.name}: ${error.message}` };
      const isCancelled = entry.kind === "timer" && entry.record.closed === true;
      // An id stands in addresses as it is: what a key may have in it does not.
      const made = this.span(`${parent.id}/${encodeURIComponent(key.toWellFormed())}`, parent.id, parent.runId, {
        ...{ message, startedAt, finishedAt, isError: !ok, isCancelled, task: taskIdentifier },
        properties: { kind, key, ...(id === undefined ? {} : { id }), ...(status ? { status } : {}), ...failure },
      });
      parent.children.push(made);
      if (entry.kind === "batch") this.addItems(entry.record.n, made);
    }
  }

  private addItems(batch: string, parent: TraceSpan): void {
    for (const item of this.turn.scans.heads(batch)) {
      if (this.left <= 0) return;
      if (item.kind === "run") parent.children.push(this.run(item.record, parent.id));
    }
  }

  private addLogs(n: string, parentOf: (attempt: number) => TraceSpan): void {
    for (const { number, lines } of this.turn.scans.logs(n, undefined)) {
      for (const [i, { at, attempt, level, message, fields }] of readRow(lines).entries()) {
        if (this.left <= 0) return;
        const parent = parentOf(attempt);
        const time = at.getTime();
        const shown = { message, startedAt: time, finishedAt: time, level: level.toUpperCase() };
        const properties = { isError: level === "error", ...(fields === undefined ? {} : { properties: fields }) };
        const id = `${parent.runId}/log/${number}.${i}`;
        parent.children.push(this.span(id, parent.id, parent.runId, { ...shown, ...properties }));
      }
    }
  }

  private span(id: string, parentId: string | undefined, runId: string, shown: Shown): TraceSpan {
    this.left -= 1;
    const { message, startedAt, finishedAt, isError = false, isCancelled = false, level = "TRACE", task } = shown;
    return {
      id,
      ...(parentId === undefined ? {} : { parentId }),
      runId,
      data: {
        message,
        ...(task === undefined ? {} : { taskSlug: task }),
        startTime: new Date(startedAt),
        duration: Math.max(0, (finishedAt ?? this.turn.now) - startedAt),
        isError,
        isPartial: finishedAt === undefined && !isCancelled,
        isCancelled,
        level,
        properties: { ...shown.properties },
        events: [],
      },
      children: [],
    };
  }
}

function byTime(a: TraceSpan, b: TraceSpan): number {
  return a.data.startTime.getTime() - b.data.startTime.getTime();
}
