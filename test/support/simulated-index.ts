import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Faults } from "./faults.ts";
import { MemorySql } from "./sql-storage.ts";
import type { Process, VirtualTime } from "./virtual-time.ts";

interface Statement {
  readonly query: string;
  readonly bindings: readonly unknown[];
}

interface IndexedRun extends Record<string, SqlStorageValue> {
  id: string;
  status: string;
  updated_at: number;
  finished_at: number | null;
}

const MIGRATIONS = fileURLToPath(new URL("../../worker/storage/migrations/", import.meta.url).href);
const SCHEMA = readdirSync(MIGRATIONS)
  .sort()
  .flatMap((name) =>
    readFileSync(MIGRATIONS + name, "utf8")
      .replaceAll(/^--.*$/gm, "")
      .split(";"),
  )
  .filter((statement) => statement.trim() !== "");

/** The D1 database behind lists, in memory; its batches fail, or are carried out and fail all the same. */
export class SimulatedIndex {
  private readonly sql = new MemorySql();
  private readonly time: VirtualTime;
  private readonly faults: Faults;

  constructor(time: VirtualTime, faults: Faults) {
    this.time = time;
    this.faults = faults;
    for (const statement of SCHEMA) this.sql.storage.exec(statement);
  }

  databaseFor(process: Process): D1Database {
    const database = {
      prepare: (query: string) => ({ bind: (...bindings: unknown[]): Statement => ({ query, bindings }) }),
      batch: (statements: readonly Statement[]) => this.batch(process, statements),
    };
    return database as unknown as D1Database;
  }

  /** All rows, by id. */
  rows(): Map<string, IndexedRun> {
    const query = "SELECT id, status, updated_at, finished_at FROM runs";
    return new Map(
      this.sql.storage
        .exec<IndexedRun>(query)
        .toArray()
        .map((row) => [row.id, row]),
    );
  }

  /** How many rows a table has. */
  count(table: string): number {
    return this.sql.storage.exec<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).one().count;
  }

  close(): void {
    this.sql.close();
  }

  private batch(process: Process, statements: readonly Statement[]): Promise<unknown> {
    if (!process.isAlive) return new Promise(() => undefined);
    const fault = this.faults.index();
    return new Promise((resolve, reject) => {
      this.time.after(this.faults.delay(), () => {
        const answer = (act: () => void): void =>
          this.time.after(this.faults.delay(), () => {
            if (process.isAlive) act();
          });
        if (fault !== "lost") {
          this.sql.transaction(() => {
            for (const { query, bindings } of statements) this.sql.storage.exec(query, ...bindings);
          });
        }
        if (fault === "none") answer(() => resolve(statements.map(() => ({ results: [], meta: { rows_written: 1 } }))));
        else answer(() => reject(new Error("D1_ERROR: Network connection lost.")));
      });
    });
  }
}
