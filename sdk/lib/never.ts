/** A promise of its own each time: one for all would keep hold of everybody who ever waited for it. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}
