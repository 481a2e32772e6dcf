import type { ErrorInfo, JournalEntry, Outcome, RunOutcome, Seen } from "../../sdk/lib/journal.ts";
import { itemIndex, splitPath } from "../core/address.ts";
import type { Batch } from "../core/batch.ts";
import { isRemembered } from "../core/journal-rules.ts";
import { isFinal, type Run } from "../core/run.ts";
import type { ChildRow } from "../storage/group-scans.ts";
import type { Turn } from "./turn.ts";

/** What one answer carries of journals and payloads, in characters. A message between objects is at most 32 MiB. */
export const ANSWER_BUDGET = 8_000_000;

export interface JournalPage {
  readonly entries: JournalEntry[];
  readonly size: number;
  /** Set when there is more: the segment to go on after. */
  readonly after?: string;
}

/** What `run` remembers, in the order of paths, from `after` on, up to `budget` characters but one entry at least. */
export function readJournal(turn: Turn, run: Run, after: string | undefined, budget: number): JournalPage {
  const entries: JournalEntry[] = [];
  let size = 0;
  let last = after;
  for (const row of turn.scans.children(run.n, after)) {
    if (entries.length > 0 && size > budget) return { entries, size, ...(last === undefined ? {} : { after: last }) };
    last = row.seg;
    const entry = readEntry(turn, run, row);
    if (entry === undefined) continue;
    entries.push(entry);
    size += sizeOf(entry);
  }
  return { entries, size };
}

function readEntry(turn: Turn, run: Run, row: ChildRow): JournalEntry | undefined {
  const { entry } = row;
  switch (entry.kind) {
    case "run": {
      const child = entry.record;
      const origin = originOf(child);
      if (origin === undefined) return undefined;
      if (!isFinal(child)) return { ...origin, kind: "run" };
      const outcome = outcomeOf(turn, row, child);
      if (!isRemembered({ ok: outcome.ok, finishedAt: child.finishedAt ?? 0 }, run.attemptStartedAt)) return undefined;
      const seen = seenBefore(child);
      return { ...origin, kind: "run", seen, settled: { id: turn.runId(child.n), task: child.task, outcome } };
    }
    case "batch":
      return readBatch(turn, run, entry.record);
    case "step": {
      const step = entry.record;
      if (!isRemembered(step, run.attemptStartedAt)) return undefined;
      const settled = turn.store.readOutcome(splitPath(step.n), row.output, row.outputType);
      const seen: Seen = { epoch: step.epoch, phase: "during", at: step.order };
      return settled && { key: step.key, digest: step.digest, attempt: step.madeIn, kind: "step", seen, settled };
    }
    case "timer": {
      const { key, digest, madeIn, finishedAt, seenIn, closed } = entry.record;
      if (closed === true) return undefined;
      const origin = { key, digest, attempt: madeIn, kind: "time" as const };
      if (finishedAt === undefined) return { ...origin, settled: false };
      return { ...origin, settled: true, seen: { epoch: seenIn ?? 0, phase: "before", at: finishedAt } };
    }
    case "sent": {
      const { key, digest, madeIn, id, sealed, seen, settled, task, awaited, what } = entry.record;
      const origin = { key, digest, attempt: madeIn, ...(seen === undefined ? {} : { seen }) };
      if (what === "batch") return { ...origin, kind: "batchTrigger", id, sealed };
      if (!awaited) return { ...origin, kind: "trigger", id };
      if (settled === undefined) return { ...origin, kind: "run" };
      if (!isRemembered(settled, run.attemptStartedAt)) return undefined;
      const outcome = turn.store.readOutcome(splitPath(entry.record.n), row.output, row.outputType) ?? NO_OUTPUT;
      return { ...origin, kind: "run", settled: { id, task, outcome } };
    }
  }
}

function readBatch(turn: Turn, run: Run, batch: Batch): JournalEntry | undefined {
  const origin = originOf(batch);
  if (origin === undefined) return undefined;
  const entry = { ...origin, kind: "batch" as const, id: turn.batchId(batch.n) };
  // Its pass stopped before the seal. The next attempt asks for it anew; this one is given up in time.
  if (batch.state.at === "open") return undefined;
  if (batch.state.at !== "final") return entry;
  const { error } = batch.state;
  if (error !== undefined) {
    const gone = !isRemembered({ ok: false, finishedAt: batch.finishedAt ?? 0 }, run.attemptStartedAt);
    return gone ? undefined : { ...entry, seen: seenBefore(batch), settled: [], error };
  }
  const settled = readItems(turn, batch);
  const ok = settled.every((item) => item.outcome.ok);
  if (!isRemembered({ ok, finishedAt: batch.finishedAt ?? 0 }, run.attemptStartedAt)) return undefined;
  return { ...entry, seen: seenBefore(batch), settled };
}

/** The outcomes of a final batch in item order; those completed in an earlier attempt come from its base. */
function readItems(turn: Turn, batch: Batch): RunOutcome[] {
  // The earlier batch may have had more items.
  const items: RunOutcome[] = batch.base === undefined ? [] : readBase(turn, batch.base).slice(0, batch.runCount);
  for (const row of turn.scans.children(batch.n, undefined)) {
    if (row.entry.kind !== "run") continue;
    const child = row.entry.record;
    items[itemIndex(row.seg)] = { id: turn.runId(child.n), task: child.task, outcome: outcomeOf(turn, row, child) };
  }
  return items;
}

function readBase(turn: Turn, base: string): RunOutcome[] {
  const batch = turn.batch(base);
  return batch === undefined ? [] : readItems(turn, batch);
}

function outcomeOf(turn: Turn, row: ChildRow, child: Run): Outcome {
  return turn.store.readOutcome(splitPath(child.n), row.output, row.outputType) ?? NO_OUTPUT;
}

function seenBefore({ seenIn, finishedAt }: Run | Batch): Seen {
  return { epoch: seenIn ?? 0, phase: "before", at: finishedAt ?? 0 };
}

function originOf(record: Run | Batch): { key: string; digest: string; attempt: number } | undefined {
  const { key, digest, madeIn } = record;
  if (key === undefined || digest === undefined || madeIn === undefined) return undefined;
  return { key, digest, attempt: madeIn };
}

const NOT_STARTED: ErrorInfo = { name: "RunCanceledError", message: "The run has no outcome: its batch was given up." };
const NO_OUTPUT: Outcome = { ok: false, error: NOT_STARTED };

function sizeOf(entry: JournalEntry): number {
  switch (entry.kind) {
    case "run":
      return 200 + (entry.settled === undefined ? 0 : outcomeSize(entry.settled.outcome));
    case "batch":
      return 200 + (entry.settled ?? []).reduce((sum, item) => sum + 150 + outcomeSize(item.outcome), 0);
    case "step":
      return 200 + outcomeSize(entry.settled);
    default:
      return 200;
  }
}

function outcomeSize(outcome: Outcome): number {
  return outcome.ok
    ? (outcome.output.data?.length ?? 0)
    : outcome.error.message.length + (outcome.error.stack?.length ?? 0);
}
