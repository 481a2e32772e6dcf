import { applyOperations, type Metadata } from "../../sdk/lib/metadata-operation.ts";
import type { NewNotes } from "../../sdk/lib/notes.ts";
import { unseen } from "../../worker/core/letter.ts";

/** The notes of a run that is played, as its group keeps them. Changes for other runs are kept as they came. */
export class KeptNotes {
  metadata: Metadata = {};
  counted = 0;
  refused: readonly number[] = [];
  readonly tags: string[] = [];
  /** What came for other runs: whose, and the operation. */
  readonly above: unknown[] = [];
  /** How many messages came in the course of passes. */
  messages = 0;
  private taken = 0;

  /** What is told from now on is of another attempt. */
  beginAttempt(): void {
    this.counted = 0;
    this.refused = [];
  }

  beginPass(): void {
    this.taken = 0;
  }

  take(notes: NewNotes | undefined): void {
    if (notes === undefined) return;
    for (const change of unseen(notes.changes, notes.from, this.taken)) {
      if (change === null) continue;
      const { of, operation } = change;
      if (of === "run") this.metadata = applyOperations(this.metadata, [operation]);
      else this.above.push([of, operation]);
    }
    this.taken = Math.max(this.taken, notes.from + notes.changes.length);
    this.counted = notes.counted;
    this.refused = notes.refused ?? [];
    this.tags.push(...notes.tags.filter((tag) => !this.tags.includes(tag)));
  }
}
