import type { IndexRow } from "../storage/index-row.ts";

/** Changes of this long go into one write of the index: a run that is over by then costs one. */
const GATHER_MS = 250;
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

  constructor(source: IndexSource, recoverFrom: number | undefined) {
    this.source = source;
    this.recoverFrom = recoverFrom;
  }

  get isClean(): boolean {
    return this.changed.size === 0 && this.recoverFrom === undefined && this.flushing === undefined;
  }

  add(paths: Iterable<string>): void {
    for (const path of paths) this.changed.add(path);
    if (this.changed.size === 0) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, GATHER_MS);
  }

  /** Writes everything that is known to have changed. Never throws: what failed stays for the next time. */
  flush(): Promise<void> {
    this.flushing ??= this.writeAll().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  private async writeAll(): Promise<void> {
    try {
      if (this.recoverFrom !== undefined) {
        const from = this.recoverFrom;
        for (const paths of this.source.changedSince(from)) await this.source.write(this.source.rows(paths));
        if (this.recoverFrom === from) this.recoverFrom = undefined;
      }
      while (this.changed.size > 0) await this.writePage();
    } catch (error) {
      console.warn("runlet: the index was not written; it will be tried again", error);
    }
  }

  private async writePage(): Promise<void> {
    const upTo = this.source.now();
    const page = [...this.changed].slice(0, PAGE);
    for (const path of page) this.changed.delete(path);
    try {
      await this.source.write(this.source.rows(page));
    } catch (error) {
      for (const path of page) this.changed.add(path);
      throw error;
    }
    if (this.changed.size === 0) this.source.written(upTo);
  }
}
