/** One value in one row, of an object that needs no more. */
export class StateRow<T> {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** Undefined for an object that was never written to. */
  read(): T | undefined {
    if (this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'state'").toArray().length === 0) return undefined;
    for (const { value } of this.sql.exec<{ value: string }>("SELECT value FROM state")) return JSON.parse(value) as T;
    return undefined;
  }

  /** Makes the table with the first value. */
  create(value: T): void {
    this.sql.exec("CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, value TEXT NOT NULL)");
    this.sql.exec("INSERT OR REPLACE INTO state (id, value) VALUES (1, ?)", JSON.stringify(value));
  }

  write(value: T): void {
    this.sql.exec("UPDATE state SET value = ?", JSON.stringify(value));
  }
}
