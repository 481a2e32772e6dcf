import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

type Row = Record<string, SqlStorageValue>;

/**
 * A Durable Object's SQL on Node's SQLite, in memory: what `GroupStore` and `GroupScans` use of it. Statements are kept,
 * since a group runs the same few over and over.
 */
export class MemorySql {
  private readonly db = new DatabaseSync(":memory:");
  private readonly statements = new Map<string, StatementSync>();

  get storage(): SqlStorage {
    const sql = { exec: (query: string, ...bindings: unknown[]) => this.exec(query, bindings) };
    return sql as unknown as SqlStorage;
  }

  /** All of what `work` writes, or nothing if it throws. */
  transaction<T>(work: () => T): T {
    this.exec("BEGIN", []);
    try {
      const result = work();
      this.exec("COMMIT", []);
      return result;
    } catch (error) {
      this.exec("ROLLBACK", []);
      throw error;
    }
  }

  /** Drops all tables. */
  clear(): void {
    const { statements } = this;
    statements.clear();
    for (const { name } of this.exec("SELECT name FROM sqlite_master WHERE type = 'table'", []).toArray()) {
      if (typeof name === "string") this.db.exec(`DROP TABLE ${name}`);
    }
  }

  close(): void {
    this.db.close();
  }

  private exec(query: string, bindings: readonly unknown[]) {
    const statement = this.prepare(query);
    const rows = statement.all(...(bindings as SQLInputValue[])) as Row[];
    return {
      toArray: () => rows,
      one: () => {
        const [row] = rows;
        if (row === undefined || rows.length > 1) throw new Error(`Expected one row; there are ${rows.length}.`);
        return row;
      },
      [Symbol.iterator]: () => rows[Symbol.iterator](),
    };
  }

  private prepare(query: string): StatementSync {
    const known = this.statements.get(query);
    if (known !== undefined) return known;
    const statement = this.db.prepare(query);
    this.statements.set(query, statement);
    return statement;
  }
}
