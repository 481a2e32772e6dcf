/** A wait that the code stands at. `madeIn` is the attempt that makes, or has made, what is waited for. */
export type Stand = { readonly key: string } & (
  | { readonly kind: "run"; readonly task: string; readonly madeIn: number }
  | { readonly kind: "batch"; readonly runCount: number; readonly madeIn: number }
  | { readonly kind: "time"; readonly until: number }
  | { readonly kind: "token"; readonly id: string }
);

/** Where the code of a pass stands: at which waits, by the contest (`Promise.race`, `any`) that has asked them. */
export class Stands {
  private readonly stands = new Map<object | undefined, Map<string, Stand>>();
  private contest: object | undefined;

  get isEmpty(): boolean {
    return this.stands.size === 0;
  }

  /** Each of them once, in the order in which they were asked for. */
  get all(): Stand[] {
    const byKey = new Map([...this.stands.values()].flatMap((some) => [...some]));
    return [...byKey.values()];
  }

  add(stand: Stand): void {
    const some = this.stands.get(this.contest) ?? new Map<string, Stand>();
    this.stands.set(this.contest, some.set(stand.key, stand));
  }

  /** What `start` asks for counts together, until it is let go. */
  asGroup<T>(start: () => T): { readonly result: T; readonly letGo: () => void } {
    const contest = {};
    const outer = this.contest;
    this.contest = contest;
    try {
      return { result: start(), letGo: () => this.stands.delete(contest) };
    } finally {
      this.contest = outer;
    }
  }
}
