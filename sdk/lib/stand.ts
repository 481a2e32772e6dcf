/** A wait that the code stands at. `madeIn` is the attempt that makes, or has made, what is waited for. */
export type Stand = { readonly key: string } & (
  | { readonly kind: "run"; readonly task: string; readonly madeIn: number }
  | { readonly kind: "batch"; readonly runCount: number; readonly madeIn: number }
  | { readonly kind: "time"; readonly until: number }
  | { readonly kind: "token"; readonly id: string }
);
