import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { IndexRow } from "../storage/index-row.ts";
import { upsertRuns } from "../storage/run-index.ts";

const GATHER_MS = 20;
/** Rows of one write. At some 3 KB for the largest row this stays far below the 2 MB of a parameter. */
const ROWS_PER_WRITE = 200;
/** Rows that may wait here; beyond that callers are refused and come again. */
const MAX_WAITING_ROWS = 20_000;

interface Caller {
  readonly rows: readonly IndexRow[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Gathers index rows of many groups and writes them as few statements, since the database does one at a time. It keeps
 * nothing: a caller has its rows in an outbox until `write` has resolved, and may write them again.
 */
export class IndexGatherer extends DurableObject<Env> {
  #waiting: Caller[] = [];
  #waitingRows = 0;
  #draining = false;
  #full: (() => void) | undefined;

  /** Resolves once the rows are in the index. Rejects if they may not be: write them again. */
  write(rows: IndexRow[]): Promise<void> {
    if (rows.length === 0) return Promise.resolve();
    if (this.#waitingRows + rows.length > MAX_WAITING_ROWS && this.#waitingRows > 0) {
      return Promise.reject(new Error("The run index is behind: write these rows later."));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, resolve, reject });
      this.#waitingRows += rows.length;
      if (this.#waitingRows >= ROWS_PER_WRITE) this.#full?.();
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    await this.#gather();
    while (this.#waiting.length > 0) {
      const callers = this.#take();
      try {
        await this.#store(callers);
        for (const caller of callers) caller.resolve();
      } catch (error) {
        for (const caller of callers) caller.reject(error);
      }
    }
    this.#draining = false;
  }

  /** Over when the time is up or a write's worth of rows is here. What comes during a write is gathered by it. */
  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#full = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#waitingRows >= ROWS_PER_WRITE) this.#full();
    });
  }

  /** The callers of the next write: whole ones, and at least one. */
  #take(): Caller[] {
    let rows = 0;
    let count = 0;
    for (const caller of this.#waiting) {
      if (count > 0 && rows + caller.rows.length > ROWS_PER_WRITE) break;
      rows += caller.rows.length;
      count += 1;
    }
    this.#waitingRows -= rows;
    return this.#waiting.splice(0, count);
  }

  async #store(callers: readonly Caller[]): Promise<void> {
    const rows = newestOfEach(callers.flatMap((caller) => caller.rows));
    for (let start = 0; start < rows.length; start += ROWS_PER_WRITE) {
      await upsertRuns(this.env.RUN_INDEX, rows.slice(start, start + ROWS_PER_WRITE));
    }
  }
}

/** One row a run: what a run was some milliseconds ago interests nobody, and would be written all the same. */
function newestOfEach(rows: readonly IndexRow[]): IndexRow[] {
  const newest = new Map<string, IndexRow>();
  for (const row of rows) {
    const known = newest.get(row.id);
    if (known === undefined || row.updatedAt > known.updatedAt) newest.set(row.id, row);
  }
  return [...newest.values()];
}
