import type { MetadataOperation } from "../../sdk/lib/metadata-operation.ts";
import type { MetadataChange, MetadataOwner, NewNotes } from "../../sdk/lib/notes.ts";
import { unseen } from "../core/letter.ts";
import type { Run } from "../core/run.ts";
import { parentIdOf, rootIdOf } from "./lineage.ts";
import { sendOperations } from "./send-operations.ts";
import { addTags, openMetadata } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/**
 * Takes what a pass has noted about its run; what it had sent before changes nothing. `isLast`: no message of this pass or
 * replay of it follows, so that nothing has to be remembered of it.
 */
export function takeNotes(turn: Turn, { n }: Run, notes: NewNotes | undefined, isLast: boolean): void {
  const run = turn.run(n);
  if (notes === undefined || run === undefined) return;
  takeTags(turn, run, notes.tags);
  const head = run.hasMetadata === true ? turn.metadata.open(n).head : undefined;
  const had = head?.epoch === run.epoch ? head.taken : 0;
  const changes = unseen(notes.changes, notes.from, had);
  changeFor(turn, run, changes);
  const known = head?.attempt === run.attempt ? (head.refused ?? []) : [];
  const { counted, refused: told = [] } = notes;
  // They only grow in the course of an attempt; a message may come late.
  const refused = told.length > known.length ? told : known;
  if (isLast || (changes.length === 0 && refused === known)) return;
  const slot = openMetadata(turn, n);
  const { attempt, epoch } = run;
  const taken = Math.max(had, notes.from + notes.changes.length);
  slot.head = { ...slot.head, attempt, counted, refused, epoch, taken };
}

/** Applies changes to the metadata of a run, and of those above it. */
export function changeFor(turn: Turn, run: Run, changes: readonly (MetadataChange | null)[]): void {
  const byRun = new Map<string, MetadataOperation[]>();
  for (const change of changes) {
    if (change === null) continue;
    const id = idOf(turn, run, change.of);
    const known = byRun.get(id) ?? [];
    known.push(change.operation);
    byRun.set(id, known);
  }
  for (const [id, operations] of byRun) sendOperations(turn, run, id, operations);
}

function takeTags(turn: Turn, run: Run, tags: readonly string[]): void {
  if (tags.length === 0) return;
  try {
    addTags(turn, run, tags);
  } catch (error) {
    // Others have tagged it meanwhile.
    console.warn(`runlet: tags of run ${turn.runId(run.n)} were not added`, error);
  }
}

/** A run without a parent is its own parent and root. */
function idOf(turn: Turn, run: Run, of: MetadataOwner): string {
  const own = turn.runId(run.n);
  if (of === "run") return own;
  return (of === "parent" ? parentIdOf(turn, run) : rootIdOf(turn, run)) ?? own;
}
