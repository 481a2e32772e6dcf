import type { ErrorInfo } from "../../sdk/lib/journal.ts";
import { batchStatus } from "../core/batch.ts";
import type { Entry } from "../core/entry.ts";
import { isFinal, statusOf } from "../core/run.ts";
import { shorten } from "./describe-attempts.ts";
import type { Turn } from "./turn.ts";

/** A step, wait or trigger of a run, as people look at it. Times in milliseconds since 1970. */
export interface EntryView {
  readonly kind: "step" | "wait" | "trigger";
  readonly message: string;
  readonly key: string;
  readonly attempt: number;
  readonly startedAt: number;
  /** Absent while it goes on. */
  readonly finishedAt?: number;
  readonly ok: boolean;
  readonly error?: Pick<ErrorInfo, "name" | "message">;
  readonly id?: string;
  readonly taskIdentifier?: string;
  readonly status?: string;
}

/** What a row of a run's journal tells; undefined for one that the run has not made itself. */
export function viewOf(turn: Turn, entry: Entry): EntryView | undefined {
  if (entry.kind === "waiting" || entry.kind === "token" || entry.kind === "letter") return undefined;
  if (entry.kind === "delivery") return undefined;
  const { key, madeIn: attempt } = entry.record;
  if (key === undefined || attempt === undefined) return undefined;
  const made = { key, attempt };
  switch (entry.kind) {
    case "step": {
      const { n, ok, finishedAt, tookMs = 0 } = entry.record;
      const times = { startedAt: finishedAt - tookMs, finishedAt };
      return { ...made, kind: "step", message: nameOf(key), ...times, ok, ...errorOf(turn, n, ok) };
    }
    case "run": {
      const { n, task, createdAt, finishedAt } = entry.record;
      const status = statusOf(entry.record);
      const ok = !isFinal(entry.record) || status === "COMPLETED";
      const what = { id: turn.runId(n), taskIdentifier: task, status, message: `a run of ${task}` };
      return { ...made, kind: "wait", ...what, ...span(createdAt, finishedAt), ok, ...errorOf(turn, n, ok) };
    }
    case "batch": {
      const { n, runCount, createdAt, finishedAt, state } = entry.record;
      const ok = state.at !== "final" || state.error === undefined;
      const error = state.at === "final" && state.error !== undefined ? { error: shorten(state.error) } : {};
      const what = { id: turn.batchId(n), status: batchStatus(entry.record), message: `a batch of ${runCount}` };
      return { ...made, kind: "wait", ...what, ...span(createdAt, finishedAt), ok, ...error };
    }
    case "timer": {
      const { until, madeAt = until, finishedAt } = entry.record;
      const message = `the time ${new Date(until).toISOString()}`;
      return { ...made, kind: "wait", message, ...span(madeAt, finishedAt), ok: true };
    }
    case "sent":
      return viewOfSent(turn, entry.record, made);
  }
}

function viewOfSent(
  turn: Turn,
  { n, what, task, id, awaited, settled, seen, madeAt = seen?.at ?? 0 }: (Entry & { kind: "sent" })["record"],
  made: Pick<EntryView, "key" | "attempt">,
): EntryView {
  const message = what === "run" ? `a run of ${task}` : `a ${what}`;
  const target = { message, id, ...(task === "" ? {} : { taskIdentifier: task }) };
  if (!awaited) return { ...made, kind: "trigger", ...target, startedAt: madeAt, finishedAt: madeAt, ok: true };
  const ok = settled?.ok !== false;
  return { ...made, kind: "wait", ...target, ...span(madeAt, settled?.finishedAt), ok, ...errorOf(turn, n, ok) };
}

function span(startedAt: number, finishedAt: number | undefined): Pick<EntryView, "startedAt" | "finishedAt"> {
  return finishedAt === undefined ? { startedAt } : { startedAt, finishedAt };
}

function errorOf(turn: Turn, n: string, ok: boolean): Pick<EntryView, "error"> {
  const outcome = ok ? undefined : turn.outcome(n);
  return outcome?.ok === false ? { error: shorten(outcome.error) } : {};
}

/** Of a key, what comes between kind and number. */
function nameOf(key: string): string {
  return key.slice(key.indexOf(":") + 1, key.lastIndexOf("#"));
}
