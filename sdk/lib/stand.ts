/** A wait that the code stands at. `madeIn` is the attempt that makes, or has made, what is waited for. */
export type Stand = { readonly key: string } &
  /** `isShared`: it may be a run that another one has made, so its id does not follow from where it is waited for. */
  (
    | { readonly kind: "run"; readonly task: string; readonly madeIn: number; readonly isShared: boolean }
    | { readonly kind: "batch"; readonly runCount: number; readonly madeIn: number }
    | { readonly kind: "time"; readonly until: number }
    | { readonly kind: "token"; readonly id: string }
  );
