/** A dispatch: these runs of this group are ready. `alone` marks runs that a crash has set apart. */
export interface DispatchMessage {
  readonly group: string;
  readonly runs: readonly DispatchedRun[];
  /** A crash has set this run apart: it is executed when nothing else of its batch is. */
  readonly alone?: true;
}

export interface DispatchedRun {
  readonly n: string;
  readonly epoch: number;
}
