import type { RunOptions } from "../../sdk/lib/journal.ts";
import type { Metadata, MetadataOperation } from "../../sdk/lib/metadata-operation.ts";
import { joinTags } from "../../sdk/lib/tag-list.ts";
import { isFinal, type Run } from "../core/run.ts";
import type { MetadataSlot } from "./turn-metadata.ts";
import type { Turn } from "./turn.ts";

/** Writes the metadata that a run was triggered with, if any. */
export function keepMetadata(turn: Turn, n: string, { metadata }: Pick<RunOptions, "metadata">): void {
  if (metadata !== undefined) turn.metadata.start(n, metadata);
}

/** The metadata of a run; undefined where there is none. */
export function metadataOf(turn: Turn, run: Run): Metadata | undefined {
  return run.hasMetadata === true ? turn.metadata.open(run.n).draft.value : undefined;
}

/** The metadata of the run at `n`, empty where there is none; undefined when there is no such run. */
export function readMetadata(turn: Turn, n: string): Metadata | undefined {
  const run = turn.run(n);
  return run && (metadataOf(turn, run) ?? {});
}

/** What a run was triggered with, as JSON text; undefined for a run without. */
export function givenMetadata(turn: Turn, run: Run): string | undefined {
  if (run.hasMetadata !== true) return undefined;
  const { given } = turn.metadata.open(run.n).head;
  return typeof given === "string" ? given : undefined;
}

/** The metadata of a run, to be changed: from now on it has some. */
export function openMetadata(turn: Turn, n: string): MetadataSlot {
  const run = turn.run(n);
  if (run !== undefined && run.hasMetadata !== true) turn.replaceRun({ ...run, hasMetadata: true });
  const slot = turn.metadata.open(n);
  slot.isChanged = true;
  return slot;
}

/** Applies operations that cannot be refused any more: where they would take the metadata over its limit, it stays as it is. */
export function applyOrWarn(turn: Turn, n: string, operations: readonly MetadataOperation[]): void {
  if (openMetadata(turn, n).draft.apply(operations)) return;
  console.warn(`runlet: ${operations.length} changes of the metadata of ${turn.runId(n)} would take it over its limit`);
}

/**
 * Adds tags to a run, whatever its state. The number of new ones. Throws a `RunletApiError` (422, `too_many_tags`) over
 * the limit: then none is added.
 */
export function addTags(turn: Turn, run: Run, added: readonly string[]): number {
  const tags = joinTags(run.tags, added);
  if (tags === run.tags) return 0;
  // The index takes what is newer than what it has.
  turn.replaceRun({ ...run, tags, updatedAt: Math.max(turn.now, run.updatedAt + 1) });
  turn.changed.set(run.n, isFinal(run));
  return tags.length - run.tags.length;
}
