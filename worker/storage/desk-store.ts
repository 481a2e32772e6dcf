import { cutText } from "./cut-text.ts";

const TABLES = [
  `CREATE TABLE waiter (
    token TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    shape TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) WITHOUT ROWID`,
  "CREATE INDEX waiter_by_key ON waiter (shape, key, at)",
  // Large bodies are cut: a row holds 2 MB at most.
  `CREATE TABLE recent (
    at INTEGER NOT NULL,
    id TEXT NOT NULL,
    i INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (at, id, i)
  ) WITHOUT ROWID`,
  // Who was given what, and the debts among it: those that are due.
  `CREATE TABLE given (
    run TEXT NOT NULL,
    delivery TEXT NOT NULL,
    at INTEGER NOT NULL,
    token TEXT NOT NULL,
    expires INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due INTEGER,
    PRIMARY KEY (run, delivery)
  ) WITHOUT ROWID`,
];

export interface StoredWaiter {
  readonly token: string;
  readonly run: string;
}

/** A delivery that a token is to be completed with. */
export interface Debt {
  readonly run: string;
  readonly delivery: string;
  readonly at: number;
  readonly token: string;
  readonly tries: number;
}

/** What the desk of an endpoint has stored. Times in milliseconds since 1970. */
export class DeskStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** False for an object that has never been written to. */
  exists(): boolean {
    return this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'waiter'").toArray().length > 0;
  }

  create(): void {
    for (const table of TABLES) this.sql.exec(table);
  }

  insertWaiter({ token, run }: StoredWaiter, shape: string, key: string, at: number, until: number): void {
    this.sql.exec(
      "INSERT OR IGNORE INTO waiter (token, run, shape, key, at, until) VALUES (?, ?, ?, ?, ?, ?)",
      ...[token, run, shape, key, at, until],
    );
  }

  deleteWaiter(token: string): void {
    this.sql.exec("DELETE FROM waiter WHERE token = ?", token);
  }

  /** The shapes that waiters have, each once: a search for each, whatever their number. */
  *shapes(): Generator<string> {
    let last = "";
    for (;;) {
      const [row] = this.sql
        .exec<{ shape: string }>("SELECT shape FROM waiter WHERE shape > ? ORDER BY shape LIMIT 1", last)
        .toArray();
      if (row === undefined) return;
      last = row.shape;
      yield last;
    }
  }

  /** Those who wait for this, the first to come first. */
  waiters(shape: string, key: string): StoredWaiter[] {
    return this.sql
      .exec<{ token: string; run: string }>(
        "SELECT token, run FROM waiter WHERE shape = ? AND key = ? ORDER BY at",
        shape,
        key,
      )
      .toArray();
  }

  hasRecent(at: number, id: string): boolean {
    return this.sql.exec("SELECT 1 FROM recent WHERE at = ? AND id = ? LIMIT 1", at, id).toArray().length > 0;
  }

  insertRecent(at: number, id: string, expires: number, body: string): void {
    let i = 0;
    for (const piece of cutText(body)) {
      this.sql.exec(
        "INSERT INTO recent (at, id, i, expires, body) VALUES (?, ?, ?, ?, ?)",
        ...[at, id, i, expires, piece],
      );
      i += 1;
    }
  }

  /** What came last and has not expired, the oldest of it first. */
  recents(now: number, limit: number): { readonly at: number; readonly id: string }[] {
    return this.sql
      .exec<{ at: number; id: string }>(
        "SELECT at, id FROM recent WHERE i = 0 AND expires > ? ORDER BY at DESC LIMIT ?",
        now,
        limit,
      )
      .toArray()
      .toReversed();
  }

  body(at: number, id: string): string {
    return this.sql
      .exec<{ body: string }>("SELECT body FROM recent WHERE at = ? AND id = ? ORDER BY i", at, id)
      .toArray()
      .map(({ body }) => body)
      .join("");
  }

  hasGiven(run: string, delivery: string): boolean {
    const query = "SELECT 1 FROM given WHERE run = ? AND delivery = ?";
    return this.sql.exec(query, run, delivery).toArray().length > 0;
  }

  /** Whether the token of this run has got something. */
  isServed(run: string, token: string): boolean {
    return this.sql.exec("SELECT 1 FROM given WHERE run = ? AND token = ?", run, token).toArray().length > 0;
  }

  insertDebt({ run, delivery, at, token, tries }: Debt, expires: number, due: number): void {
    this.sql.exec(
      "INSERT INTO given (run, delivery, at, token, expires, tries, due) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[run, delivery, at, token, expires, tries, due],
    );
  }

  /** `due`: when it is tried next; null once it is paid. */
  updateDebt({ run, delivery, tries }: Debt, due: number | null): void {
    this.sql.exec("UPDATE given SET tries = ?, due = ? WHERE run = ? AND delivery = ?", ...[tries, due, run, delivery]);
  }

  dueDebts(now: number, limit: number): Debt[] {
    return this.sql
      .exec<Debt & Record<string, SqlStorageValue>>(
        "SELECT run, delivery, at, token, tries FROM given WHERE due <= ? LIMIT ?",
        now,
        limit,
      )
      .toArray();
  }

  /** Takes out what is over. What is owed still stays, with its body. */
  prune(now: number): void {
    this.sql.exec("DELETE FROM waiter WHERE until <= ?", now);
    this.sql.exec("DELETE FROM given WHERE expires <= ? AND due IS NULL", now);
    this.sql.exec(
      "DELETE FROM recent WHERE expires <= ? AND id NOT IN (SELECT delivery FROM given WHERE due IS NOT NULL)",
      now,
    );
  }

  /** When there is something to do next; undefined when nothing is stored any more. */
  nextDue(): number | undefined {
    const { at } = this.sql
      .exec<{ at: number | null }>(
        `SELECT min(at) AS at FROM (
           SELECT min(until) AS at FROM waiter UNION ALL SELECT min(expires) FROM recent
           UNION ALL SELECT min(coalesce(due, expires)) FROM given)`,
      )
      .one();
    return at ?? undefined;
  }
}
