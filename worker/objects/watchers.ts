/** Those who hold a call open until a run is final. In memory only: they ask again when it is lost. */
export class Watchers {
  private readonly waiting = new Map<string, Set<() => void>>();

  private readonly isUnderWay: (n: string) => boolean;

  constructor(isUnderWay: (n: string) => boolean) {
    this.isUnderWay = isUnderWay;
  }

  /** Resolves when the time is over or `n` has ended: at once where it has already, or never was. */
  async wait(n: string, ms: number): Promise<void> {
    if (ms <= 0 || !this.isUnderWay(n)) return;
    await new Promise<void>((resolve) => {
      const set = this.waiting.get(n) ?? new Set();
      this.waiting.set(n, set);
      const done = (): void => {
        clearTimeout(timer);
        set.delete(done);
        if (set.size === 0) this.waiting.delete(n);
        resolve();
      };
      const timer = setTimeout(done, ms);
      set.add(done);
    });
  }

  notify(ended: Iterable<string>): void {
    for (const n of ended) {
      for (const done of [...(this.waiting.get(n) ?? [])]) done();
    }
  }
}
