/** Runs and tokens that ended are written this long after, when nothing has changed for half as long. */
const GATHER_MS = 250;
/**
 * A change that is this old is written in any case: that of a run that goes on, since most are over by then and cost one
 * write, and all of a group that changes all the time.
 */
const SETTLE_MS = 900;
const RETRY_MS = 5_000;
const PAGE = 500;

export interface IndexSource {
  /** Paths of what changed at `since` or later, a page at a time. */
  changedSince(since: number): Iterable<string[]>;
  /** Carries what is at these paths now into the index; throws when that failed. */
  write(paths: readonly string[]): Promise<void>;
  /** All changes that were there at `upTo` are in the index. */
  written(upTo: number): void;
  /** A write failed: the group's alarm has to call `flush` soon, should this object be gone by then. */
  failed(): void;
  now(): number;
}

/** A run or token that differs from what the index has: since when, and whether it will not change any more. */
interface Change {
  readonly since: number;
  readonly isFinal: boolean;
}

/**
 * Brings a group's changes into the index, late and together. What has changed is kept in memory; after a crash it is
 * found again from the time up to which everything was written. The group's alarm calls `flush`, so nothing is lost.
 */
export class IndexWriter {
  private readonly source: IndexSource;
  private readonly changed = new Map<string, Change>();
  /** Set when there may be changes from before this object was loaded. */
  private recoverFrom: number | undefined;
  private lastChangeAt = 0;
  /** After a failure nothing is written until then, but for a `flush`. */
  private retryAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private flushing: Promise<void> | undefined;

  constructor(source: IndexSource) {
    this.source = source;
  }

  /** There may be changes from `since` on that nobody remembers: the next flush writes them again. */
  recover(since: number): void {
    this.recoverFrom = Math.min(this.recoverFrom ?? since, since);
  }

  get isClean(): boolean {
    return this.changed.size === 0 && this.recoverFrom === undefined && this.flushing === undefined;
  }

  /** Takes what has changed, by path, and whether it is final. */
  add(changed: ReadonlyMap<string, boolean>): void {
    if (changed.size === 0) return;
    this.lastChangeAt = this.source.now();
    for (const [n, isFinal] of changed) {
      this.changed.set(n, { since: this.changed.get(n)?.since ?? this.lastChangeAt, isFinal });
    }
    this.flushAfter(GATHER_MS);
  }

  /** Writes everything that is known to have changed. Never throws: what failed stays for the next time. */
  flush(): Promise<void> {
    return this.writeSettled(Number.POSITIVE_INFINITY);
  }

  /**
   * What differs from the index need not get there any more. Resolves when nothing is being written. What changes
   * meanwhile may be forgotten, too: `recover` finds it again.
   */
  async forget(): Promise<void> {
    while (this.flushing !== undefined) await this.flushing;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changed.clear();
    this.recoverFrom = undefined;
  }

  private flushAfter(pause: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const now = this.source.now();
      const settled = now - SETTLE_MS;
      if (now < this.retryAt) this.flushAfter(this.retryAt - now);
      else if (this.isBusy(settled)) this.flushAfter(GATHER_MS / 2);
      else void this.writeSettled(settled);
    }, pause);
  }

  /** Whether more is about to change, and nothing has waited for long. What waits is in the order of its coming. */
  private isBusy(settled: number): boolean {
    const [oldest] = this.changed.values();
    return oldest !== undefined && oldest.since > settled && this.source.now() - this.lastChangeAt < GATHER_MS / 2;
  }

  /** Writes what is final or changed at `upTo` or before. One write at a time. */
  private async writeSettled(upTo: number): Promise<void> {
    while (this.flushing !== undefined) await this.flushing;
    this.flushing = this.write(upTo).finally(() => {
      this.flushing = undefined;
      if (this.changed.size > 0) this.flushAfter(GATHER_MS);
    });
    await this.flushing;
  }

  private async write(upTo: number): Promise<void> {
    const { changed } = this;
    const startedAt = this.source.now();
    const from = this.recoverFrom;
    const settled = new Map([...changed].filter(([, { since, isFinal }]) => isFinal || since <= upTo));
    for (const n of settled.keys()) changed.delete(n);
    if (settled.size === 0 && from === undefined) return;
    this.recoverFrom = undefined;
    try {
      if (from !== undefined) for (const paths of this.source.changedSince(from)) await this.source.write(paths);
      const paths = [...settled.keys()];
      for (let i = 0; i < paths.length; i += PAGE) await this.source.write(paths.slice(i, i + PAGE));
      if (changed.size === 0 && this.recoverFrom === undefined) this.source.written(startedAt);
    } catch (error) {
      console.warn("runlet: the index was not written; it will be tried again", error);
      if (from !== undefined) this.recover(from);
      for (const [n, change] of settled) if (!changed.has(n)) changed.set(n, change);
      this.retryAt = this.source.now() + RETRY_MS;
      this.source.failed();
      this.flushAfter(RETRY_MS);
    }
  }
}
