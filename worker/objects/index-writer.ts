import type { IndexRow } from "../storage/index-row.ts";

/** Changes of this long go into one write of the index: a run that is over by then costs one. */
const GATHER_MS = 250;
const RETRY_MS = 5_000;
const PAGE = 500;

export interface IndexSource {
  /** The rows of these runs as they are now. */
  rows(paths: readonly string[]): IndexRow[];
  /** Paths of runs that changed at `since` or later, a page at a time. */
  changedSince(since: number): Iterable<string[]>;
  /** Carries rows into the index; throws when that failed. */
  write(rows: readonly IndexRow[]): Promise<void>;
  /** All changes that were there at `upTo` are in the index. */
  written(upTo: number): void;
  /** A write failed: the group's alarm has to call `flush` soon, should this object be gone by then. */
  failed(): void;
  now(): number;
}

/**
 * Brings a group's changes into the index, late and together. What has changed is kept in memory; after a crash it is
 * found again from the time up to which everything was written. The group's alarm calls `flush`, so nothing is lost.
 */
export class IndexWriter {
  private readonly source: IndexSource;
  private readonly changed = new Set<string>();
  /** Set when there may be changes from before this object was loaded. */
  private recoverFrom: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private flushing: Promise<void> | undefined;

  constructor(source: IndexSource) {
    this.source = source;
  }

  /** There may be changes from `since` on that nobody remembers: the next flush writes them again. */
  recover(since: number): void {
    this.recoverFrom ??= since;
  }

  get isClean(): boolean {
    return this.changed.size === 0 && this.recoverFrom === undefined && this.flushing === undefined;
  }

  add(paths: Iterable<string>): void {
    for (const path of paths) this.changed.add(path);
    if (this.changed.size > 0) this.flushAfter(GATHER_MS);
  }

  /** Writes everything that is known to have changed. Never throws: what failed stays for the next time. */
  flush(): Promise<void> {
    this.flushing ??= this.writeAll().finally(() => {
      this.flushing = undefined;
      if (this.changed.size > 0) this.flushAfter(GATHER_MS);
    });
    return this.flushing;
  }

  private flushAfter(pause: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, pause);
  }

  private async writeAll(): Promise<void> {
    const upTo = this.source.now();
    const changed = [...this.changed];
    this.changed.clear();
    try {
      if (this.recoverFrom !== undefined) {
        for (const paths of this.source.changedSince(this.recoverFrom)) await this.write(paths);
        this.recoverFrom = undefined;
      }
      for (let i = 0; i < changed.length; i += PAGE) await this.write(changed.slice(i, i + PAGE));
      if (this.changed.size === 0) this.source.written(upTo);
    } catch (error) {
      console.warn("runlet: the index was not written; it will be tried again", error);
      for (const path of changed) this.changed.add(path);
      this.source.failed();
      this.flushAfter(RETRY_MS);
    }
  }

  private write(paths: readonly string[]): Promise<void> {
    return this.source.write(this.source.rows(paths));
  }
}
