import type { ErrorInfo, JournalEntry, Outcome, RunOutcome, Seen } from "../../sdk/lib/journal.ts";
import { itemIndex, itemPath, itemSegment, splitPath } from "../core/address.ts";
import type { Batch } from "../core/batch.ts";
import type { Sent, Timer } from "../core/entry.ts";
import { isRemembered } from "../core/journal-rules.ts";
import { isFinal, statusOf, type Run } from "../core/run.ts";
import type { ChildRow } from "../storage/group-scans.ts";
import { FIRST_SEG } from "../storage/group-schema.ts";
import { recalledBy } from "./recalled-by.ts";
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
  if (after === undefined && run.recalls === true) {
    for (const entry of recalledBy(turn, run)) {
      entries.push(entry);
      size += sizeOf(entry);
    }
    last = FIRST_SEG;
  }
  for (const row of turn.scans.children(run.n, after)) {
    if (entries.length > 0 && size > budget) return { entries, size, ...(last === undefined ? {} : { after: last }) };
    last = row.seg;
    const entry = readEntry(turn, run, row, Math.max(0, budget - size));
    if (entry === undefined) continue;
    entries.push(entry);
    size += sizeOf(entry);
  }
  return { entries, size };
}

function readEntry(turn: Turn, run: Run, row: ChildRow, budget: number): JournalEntry | undefined {
  const { entry } = row;
  switch (entry.kind) {
    case "run": {
      const child = entry.record;
      const origin = originOf(child);
      if (origin === undefined) return undefined;
      if (!isFinal(child) || isNews(run, child)) return { ...origin, kind: "run" };
      const outcome = outcomeOf(turn, row, child);
      if (!isRemembered({ ok: outcome.ok, ...ending(child) }, run)) return undefined;
      const seen = seenBefore(child);
      return { ...origin, kind: "run", seen, settled: { id: turn.runId(child.n), task: child.task, outcome } };
    }
    case "batch":
      return readBatch(turn, run, entry.record, budget);
    case "step": {
      const step = entry.record;
      if (!isRemembered(step, run)) return undefined;
      const settled = turn.store.readOutcome(splitPath(step.n), row.output, row.outputType);
      const seen: Seen = { epoch: step.epoch, phase: "during", at: step.order };
      return settled && { key: step.key, digest: step.digest, attempt: step.madeIn, kind: "step", seen, settled };
    }
    case "timer": {
      const timer = entry.record;
      if (timer.closed === true) return undefined;
      const origin = { key: timer.key, digest: timer.digest, attempt: timer.madeIn, kind: "time" as const };
      if (timer.finishedAt === undefined || isNews(run, timer)) return { ...origin, settled: false };
      return { ...origin, settled: true, seen: seenBefore(timer) };
    }
    case "token":
    case "delivery":
    case "waiting":
      return undefined;
    case "sent":
      return readSent(turn, run, row, entry.record);
    case "letter":
      return undefined;
  }
}

function readSent(turn: Turn, run: Run, row: ChildRow, sent: Sent): JournalEntry | undefined {
  const { key, digest, madeIn, id, sealed, seen, settled, task, awaited, what } = sent;
  const origin = { key, digest, attempt: madeIn, ...(seen === undefined ? {} : { seen }) };
  if (what === "token") {
    const kind = "token" as const;
    const outcome = turn.store.readOutcome(splitPath(sent.n), row.output, row.outputType);
    const isSettled = settled !== undefined && outcome !== undefined && !isNews(run, { seenIn: seen?.epoch });
    return isSettled ? { ...origin, kind, id, settled: outcome } : { key, digest, attempt: madeIn, kind, id };
  }
  if (what === "batch") return { ...origin, kind: "batchTrigger", id, sealed };
  if (!awaited)
    return { ...origin, kind: "trigger", id, sealed, ...(sent.isCached === true ? { isCached: true } : {}) };
  if (settled === undefined || isNews(run, { seenIn: seen?.epoch })) {
    return { key, digest, attempt: madeIn, kind: "run" };
  }
  if (!isRemembered({ ...settled, madeIn }, run)) return undefined;
  const outcome = turn.store.readOutcome(splitPath(sent.n), row.output, row.outputType) ?? NO_OUTPUT;
  return { ...origin, kind: "run", settled: { id, task, outcome } };
}

/**
 * Whether something settled after the pass that reads was handed out: a journal that is read in several calls must not
 * tell of it, since the pass may have gone on. It resumes the run when this pass suspends.
 */
function isNews(run: Run, { seenIn }: { readonly seenIn?: number | undefined }): boolean {
  return (seenIn ?? 0) > run.epoch;
}

function ending({ finishedAt = 0, madeIn = 0 }: Run | Batch): { finishedAt: number; madeIn: number } {
  return { finishedAt, madeIn };
}

function readBatch(turn: Turn, run: Run, batch: Batch, budget: number): JournalEntry | undefined {
  const origin = originOf(batch);
  if (origin === undefined) return undefined;
  const entry = { ...origin, kind: "batch" as const, id: turn.batchId(batch.n) };
  // Its pass stopped before the seal. The next attempt asks for it anew; this one is given up in time.
  if (batch.state.at === "open") return undefined;
  if (batch.state.at !== "final" || isNews(run, batch)) return entry;
  const { error } = batch.state;
  if (error !== undefined) {
    // Given up, maybe because its pass stopped before the seal: a later attempt has nothing to do with that.
    return batch.madeIn === run.attempt ? { ...entry, seen: seenBefore(batch), settled: [], error } : undefined;
  }
  if (!isRemembered({ ok: false, ...ending(batch) }, run) && !haveAllCompleted(turn, batch)) return undefined;
  const { items, after } = readItems(turn, batch, 0, budget);
  const rest = after === undefined ? {} : { rest: { batch: batch.n, after } };
  return { ...entry, seen: seenBefore(batch), settled: items, ...rest };
}

/** Whether all items completed; those completed in an earlier attempt leave no row here. */
function haveAllCompleted(turn: Turn, batch: Batch): boolean {
  for (const entry of turn.scans.heads(batch.n)) {
    if (entry.kind === "run" && statusOf(entry.record) !== "COMPLETED") return false;
    if (entry.kind === "sent" && entry.record.settled?.ok !== true) return false;
  }
  return true;
}

/**
 * Outcomes of a final batch in item order, from the item `from` on, up to `budget` characters but one at least; `after`
 * is the item to go on with. Those completed in an earlier attempt come from its base.
 */
export function readItems(
  turn: Turn,
  batch: Batch,
  from: number,
  budget: number,
): { readonly items: RunOutcome[]; readonly after?: number } {
  const items: RunOutcome[] = [];
  let size = 0;
  let index = from;
  const take = (item: RunOutcome | undefined): void => {
    items.push(item ?? { id: turn.runId(itemPath(batch.n, index)), task: "", outcome: NO_OUTPUT });
    size += 150 + (item === undefined ? 0 : outcomeSize(item.outcome));
    index += 1;
  };
  const isFull = (): boolean => items.length > 0 && size > budget;
  const rows = turn.scans.children(batch.n, from === 0 ? undefined : itemSegment(from - 1));
  for (const row of rows) {
    if (row.entry.kind !== "run" && row.entry.kind !== "sent") continue;
    const child = row.entry.record;
    const id = row.entry.kind === "run" ? turn.runId(child.n) : row.entry.record.id;
    // Items without a row here have one in the batch of an earlier attempt.
    while (index < itemIndex(row.seg) && !isFull()) take(baseItem(turn, batch.base, index));
    if (isFull()) return { items, after: index };
    take({ id, task: child.task, outcome: outcomeOf(turn, row, child) });
  }
  while (index < batch.runCount && !isFull()) take(baseItem(turn, batch.base, index));
  return index < batch.runCount ? { items, after: index } : { items };
}

function baseItem(turn: Turn, base: string | undefined, index: number): RunOutcome | undefined {
  if (base === undefined) return undefined;
  const path = itemPath(base, index);
  const entry = turn.get(path);
  if (entry?.kind !== "run" && entry?.kind !== "sent") return baseItem(turn, turn.batch(base)?.base, index);
  const id = entry.kind === "run" ? turn.runId(path) : entry.record.id;
  return { id, task: entry.record.task, outcome: turn.outcome(path) ?? NO_OUTPUT };
}

function outcomeOf(turn: Turn, row: ChildRow, child: Run | Sent): Outcome {
  return turn.store.readOutcome(splitPath(child.n), row.output, row.outputType) ?? NO_OUTPUT;
}

function seenBefore({ seenIn, finishedAt }: Run | Batch | Timer): Seen {
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
