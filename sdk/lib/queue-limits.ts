/** At most `limit` begin in any stretch of time of this length. */
export interface Rate {
  readonly limit: number;
  readonly periodMs: number;
}

/** For each key, and for all runs of a queue together. */
export interface Bounds<T> {
  readonly perKey?: T;
  readonly total?: T;
}

/** What the runs of a queue have to wait for. */
export interface QueueLimits {
  /** Runs that execute at once. */
  readonly executing: Bounds<number>;
  /** Runs that have started and are not over, whether they execute or wait. */
  readonly inFlight: Bounds<number>;
  /** Attempts that begin. */
  readonly starts: Bounds<Rate>;
}
