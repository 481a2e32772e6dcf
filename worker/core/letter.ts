import type { MetadataOperation } from "../../sdk/lib/metadata-operation.ts";

/**
 * What a run owes to the metadata of a run in another group, while `due` is set. Operations are numbered from the first that
 * the run has ever sent there, so that the other side knows which ones it has had.
 */
export interface Letter {
  readonly n: string;
  /** The id of the other run. */
  readonly target: string;
  /** The number of the first operation here: as many have been answered for. */
  readonly from: number;
  readonly operations: readonly MetadataOperation[];
  /** What they take, in characters, roughly. */
  readonly size: number;
  readonly tries: number;
  readonly due?: number;
}

/** As it arrives at the other run. */
export interface Delivery {
  /** The id of the run that has sent it. */
  readonly sender: string;
  readonly from: number;
  readonly operations: readonly MetadataOperation[];
}

/** Those of a numbered list that a receiver which has had `had` of them does not have yet. */
export function unseen<T>(list: readonly T[], from: number, had: number): readonly T[] {
  return list.slice(Math.max(0, had - from));
}
