import type { RootRun } from "./add-run.ts";

/** A run to be made at the root of a group; with an idempotency key, unless another one holds that. */
export interface Admission extends RootRun {
  /** Made only to be canceled: its parent was, before it could start. */
  readonly canceled?: boolean;
  /** To be canceled, it is known to have been there: where nothing is, nothing is made. */
  readonly arrived?: boolean;
}

/** The run that came of it: one that was there before is `isCached`, unless the same request had made it. */
export interface Admitted {
  readonly n: string;
  readonly isCached: boolean;
  /** When it was made, ms. Told of runs without a key. */
  readonly createdAt?: number;
}
