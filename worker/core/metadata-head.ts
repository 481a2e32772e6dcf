/** What a group knows of a run's metadata beside the object itself. */
export interface MetadataHead {
  /** How many changes the passes of `attempt` have made outside of steps and hooks. */
  readonly attempt: number;
  readonly counted: number;
  /** Which of these were refused, by their places from 0. */
  readonly refused?: readonly number[];
  /** How many changes of the pass with `epoch` have been taken. */
  readonly epoch: number;
  readonly taken: number;
  /** The keys of the last requests from outside, so that one that is sent again changes nothing. */
  readonly keys: readonly string[];
  /** What the run was triggered with, as JSON text, for its replays; `true` while that is what it still has. */
  readonly given?: true | string;
}

export const NEW_HEAD: MetadataHead = { attempt: 0, counted: 0, epoch: 0, taken: 0, keys: [] };
