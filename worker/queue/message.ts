/** A dispatch: these runs of this group are ready. `alone` marks runs that a crash has set apart. */
export interface DispatchMessage {
  readonly group: string;
  readonly runs: readonly DispatchedRun[];
}

export interface DispatchedRun {
  readonly n: string;
  readonly epoch: number;
}
