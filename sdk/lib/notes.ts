import type { Metadata, MetadataOperation } from "./metadata-operation.ts";

/** Whose metadata is changed: that of the run itself, of the run that triggered it, or of the one on top of all. */
export type MetadataOwner = "run" | "parent" | "root";

export interface MetadataChange {
  readonly of: MetadataOwner;
  readonly operation: MetadataOperation;
}

/** What code of a run notes about it: changes of metadata, and tags. As a pass sends it to its group. */
export interface NewNotes {
  /** How many changes of this pass come before the first of these. The group takes those that it does not have. */
  readonly from: number;
  /** Null in place of one that goes with the result of a step. */
  readonly changes: readonly (MetadataChange | null)[];
  readonly tags: readonly string[];
  /** How many changes outside of steps and hooks this attempt has made so far, refused ones among them: a replay leaves out as many. */
  readonly counted: number;
  /** Which of those that count were refused, by their places from 0. */
  readonly refused?: readonly number[];
}

/** Where code that executes writes notes. What it writes is sent with the pass's report, or about a second later. */
export interface Notes {
  /** The metadata of the run as it was when the pass began, with what the pass has changed since. */
  readonly metadata: Metadata;
  /** Throws a `RunletApiError` (413, `metadata_too_large`) when there would be too much; then nothing has changed. */
  change(of: MetadataOwner, operation: MetadataOperation): void;
  /** A tag that is there already is passed over. Throws a `RunletApiError` (422, `too_many_tags`) over the limit. */
  addTags(tags: readonly string[]): void;
  /** Sends what is unsent, and resolves once it is durable. */
  flush(): Promise<void>;
  /** The notes of the code inside a step: they are kept together with its result, or not at all. */
  inStep(key: string): Notes;
}

/** What a message takes, in characters, roughly. */
export function notesSize(notes: NewNotes | undefined): number {
  if (notes === undefined) return 0;
  return notes.changes.reduce((sum, change) => sum + JSON.stringify(change).length, 200 + notes.tags.join("").length);
}
