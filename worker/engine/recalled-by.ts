import type { JournalEntry } from "../../sdk/lib/journal.ts";
import { hasFailed } from "../core/journal-before.ts";
import type { Run } from "../core/run.ts";
import type { Turn } from "./turn.ts";

/**
 * What a replay remembers of the run before it: in its first attempt all that it was given, in a later one what had
 * succeeded.
 */
export function recalledBy(turn: Turn, { n, attempt }: Run): readonly JournalEntry[] {
  const recalled = JSON.parse(turn.store.recalled(n) ?? "[]") as JournalEntry[];
  return attempt <= 1 ? recalled : recalled.filter((entry) => !hasFailed(entry));
}
