/** What came of a child: its output, or the error that it ended with. */
export type TaskRunResult<Id extends string = string, Output = unknown> =
  | { readonly ok: true; readonly id: string; readonly taskIdentifier: Id; readonly output: Output }
  | { readonly ok: false; readonly id: string; readonly taskIdentifier: Id; readonly error: Error };

/** What came of a batch: the results of its runs, in the order of its items. */
export interface BatchResult<Run> {
  readonly id: string;
  readonly runs: readonly Run[];
}
