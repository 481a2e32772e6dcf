/** Where the code of a pass stands: at how many waits, by the contest (`Promise.race`, `any`) that has asked them. */
export class Stands {
  private readonly count = new Map<object | undefined, number>();
  private contest: object | undefined;

  get isEmpty(): boolean {
    return this.count.size === 0;
  }

  add(): void {
    this.count.set(this.contest, (this.count.get(this.contest) ?? 0) + 1);
  }

  /** What `start` asks for counts together, until it is let go. */
  asGroup<T>(start: () => T): { readonly result: T; readonly letGo: () => void } {
    const contest = {};
    const outer = this.contest;
    this.contest = contest;
    try {
      return { result: start(), letGo: () => this.count.delete(contest) };
    } finally {
      this.contest = outer;
    }
  }
}
