import { metadataTooLarge } from "../../sdk/lib/metadata-text.ts";
import type { Metadata, MetadataOperation } from "../../sdk/lib/metadata-operation.ts";
import type { MetadataChange } from "../../sdk/lib/notes.ts";
import { openMetadata } from "./run-metadata.ts";
import { changeFor } from "./take-notes.ts";
import type { Turn } from "./turn.ts";

/** Requests from outside that a run remembers, so that one that is sent again is known. */
const KEYS_KEPT = 16;

/** Changes that somebody outside of a run makes to its metadata, and to that of the runs above it. */
export interface MetadataRequest {
  readonly requestKey: string;
  readonly operations: readonly MetadataOperation[];
  readonly above: readonly MetadataChange[];
}

/**
 * Carries out the changes, once for a request key, and gives the metadata after them; undefined when there is no such run.
 * Throws a `RunletApiError` (413, `metadata_too_large`) when it would be over its limit: then nothing changes.
 */
export function changeMetadata(turn: Turn, n: string, request: MetadataRequest): Metadata | undefined {
  const run = turn.run(n);
  if (run === undefined) return undefined;
  const { requestKey, operations, above } = request;
  const slot = openMetadata(turn, n);
  if (slot.head.keys.includes(requestKey)) return slot.draft.value;
  if (!slot.draft.apply(operations)) throw metadataTooLarge();
  slot.head = { ...slot.head, keys: [...slot.head.keys, requestKey].slice(-KEYS_KEPT) };
  changeFor(turn, run, above);
  return slot.draft.value;
}
