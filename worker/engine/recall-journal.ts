import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { JournalEntry } from "../../sdk/lib/journal.ts";
import { compareSeen } from "../../sdk/lib/seen-order.ts";
import { journalBefore } from "../core/journal-before.ts";
import type { Run } from "../core/run.ts";
import { ANSWER_BUDGET, readJournal } from "./read-journal.ts";
import type { Turn } from "./turn.ts";

/** Keys that a refusal lists. */
const KEYS_SHOWN = 100;

/**
 * What a replay of `run` from the step or wait `from` starts with. Throws a `RunletApiError` (400) when that is not in
 * the journal, or the journal is more than one answer carries.
 */
export function recallJournal(turn: Turn, run: Run, from: string): JournalEntry[] {
  const { entries, after, size } = readJournal(turn, run, undefined, ANSWER_BUDGET);
  const isCut = after !== undefined || entries.some((entry) => entry.kind === "batch" && entry.rest !== undefined);
  if (isCut || size > ANSWER_BUDGET) {
    const message =
      `The journal of this run is over ${ANSWER_BUDGET / 1_000_000} MB: it can be replayed as a whole, not from a ` +
      "step or wait on.";
    throw new RunletApiError(400, "journal_too_large", message);
  }
  const inOrder = inOrderOfSeeing(latestOfEach(entries));
  const before = journalBefore(inOrder, from);
  if (before === undefined) throw unknownKey(from, inOrder);
  return before;
}

/** Of each key the entry of the latest attempt, which is the one that a pass finds. */
function latestOfEach(entries: readonly JournalEntry[]): JournalEntry[] {
  const latest = new Map<string, JournalEntry>();
  for (const entry of entries) {
    const known = latest.get(entry.key);
    if (known === undefined || known.attempt < entry.attempt) latest.set(entry.key, entry);
  }
  return [...latest.values()];
}

/** What has not been seen is last. */
function inOrderOfSeeing(entries: readonly JournalEntry[]): JournalEntry[] {
  const seen = entries.flatMap((entry) => (entry.seen === undefined ? [] : [{ ...entry, seen: entry.seen }]));
  return [...seen.sort(compareSeen), ...entries.filter((entry) => entry.seen === undefined)];
}

function unknownKey(from: string, entries: readonly JournalEntry[]): RunletApiError {
  const keys = entries.slice(0, KEYS_SHOWN).map(({ key }) => `"${key}"`);
  const more = entries.length > keys.length ? ` and ${entries.length - keys.length} more` : "";
  const there = keys.length === 0 ? "it has none" : `it has ${keys.join(", ")}${more}`;
  const message = `There is no "${from}" in the journal of this run: ${there}.`;
  return new RunletApiError(400, "unknown_journal_key", message);
}
