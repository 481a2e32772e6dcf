const GATHER_MS = 20;
/** Rows of one write. At some 3 KB for the largest row this stays far below the 2 MB of a parameter. */
const ROWS_PER_WRITE = 200;
/** Rows that may wait here; beyond that callers are refused and come again. */
const MAX_WAITING_ROWS = 20_000;

interface Caller<Row> {
  readonly rows: readonly Row[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Gathers the rows of many callers and hands them on together, `ROWS_PER_WRITE` at a time. It keeps nothing. */
export class Gathering<Row> {
  readonly #store: (rows: readonly Row[]) => Promise<unknown>;
  readonly #reduce: (rows: readonly Row[]) => readonly Row[];
  #waiting: Caller<Row>[] = [];
  #waitingRows = 0;
  #draining = false;
  #full: (() => void) | undefined;

  /** `reduce` leaves out rows of a write that others make needless. */
  constructor(store: (rows: readonly Row[]) => Promise<unknown>, reduce: (rows: readonly Row[]) => readonly Row[]) {
    this.#store = store;
    this.#reduce = reduce;
  }

  /** Resolves once the rows are stored. Rejects if they may not be: add them again. */
  add(rows: readonly Row[]): Promise<void> {
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
        await this.#write(callers);
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
  #take(): Caller<Row>[] {
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

  async #write(callers: readonly Caller<Row>[]): Promise<void> {
    const rows = this.#reduce(callers.flatMap((caller) => caller.rows));
    for (let start = 0; start < rows.length; start += ROWS_PER_WRITE) {
      await this.#store(rows.slice(start, start + ROWS_PER_WRITE));
    }
  }
}
