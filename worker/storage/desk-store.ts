import { cutText } from "./cut-text.ts";

const TABLES = [
  // One that was served has no shape any more, and is known until its time.
  `CREATE TABLE waiter (
    token TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    shape TEXT,
    key TEXT,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) WITHOUT ROWID`,
  "CREATE INDEX waiter_by_key ON waiter (shape, key) WHERE shape IS NOT NULL",
  // Large bodies are cut: a row holds 2 MB at most. The first piece tells the characters of the whole.
  `CREATE TABLE recent (
    at INTEGER NOT NULL,
    id TEXT NOT NULL,
    i INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (at, id, i)
  ) WITHOUT ROWID`,
  // Who was given what.
  `CREATE TABLE given (
    run TEXT NOT NULL,
    delivery TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (run, delivery)
  ) WITHOUT ROWID`,
  // What was given and has not arrived. It is apart, so that it is found without a look at all that was ever given.
  `CREATE TABLE owed (
    token TEXT PRIMARY KEY,
    delivery TEXT NOT NULL,
    at INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due INTEGER NOT NULL
  ) WITHOUT ROWID`,
];

export interface StoredWaiter {
  readonly token: string;
  readonly run: string;
  /** When it began to wait. */
  readonly at: number;
}

/** A delivery that is kept, without its body, which has so many characters. */
export interface StoredRecent {
  readonly at: number;
  readonly id: string;
  readonly characters: number;
}

/** A delivery that a token is to be completed with. */
export interface Debt {
  readonly token: string;
  readonly delivery: string;
  readonly at: number;
  readonly characters: number;
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

  insertWaiter({ token, run, at }: StoredWaiter, shape: string, key: string, until: number): void {
    this.sql.exec(
      "INSERT OR IGNORE INTO waiter (token, run, shape, key, at, until) VALUES (?, ?, ?, ?, ?, ?)",
      ...[token, run, shape, key, at, until],
    );
  }

  /** It waits no more, and is known as served until then. */
  serveWaiter({ token, run, at }: StoredWaiter, until: number): void {
    this.sql.exec(
      `INSERT INTO waiter (token, run, at, until) VALUES (?, ?, ?, ?)
       ON CONFLICT (token) DO UPDATE SET shape = NULL, key = NULL, until = excluded.until`,
      ...[token, run, at, until],
    );
  }

  isServed(token: string): boolean {
    return this.sql.exec("SELECT 1 FROM waiter WHERE token = ? AND shape IS NULL", token).toArray().length > 0;
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

  /** Those who wait for this still. */
  waiters(shape: string, key: string, now: number): StoredWaiter[] {
    return this.sql
      .exec<StoredWaiter & Record<string, SqlStorageValue>>(
        "SELECT token, run, at FROM waiter WHERE shape = ? AND key = ? AND until > ?",
        ...[shape, key, now],
      )
      .toArray();
  }

  hasRecent(at: number, id: string): boolean {
    return this.sql.exec("SELECT 1 FROM recent WHERE at = ? AND id = ? LIMIT 1", at, id).toArray().length > 0;
  }

  /** `expires`: until when one who begins to wait is given it; `kept`: until when it is known, at least. */
  insertRecent({ at, id, characters }: StoredRecent, body: string, expires: number, kept: number): void {
    let i = 0;
    for (const piece of cutText(body)) {
      this.sql.exec(
        "INSERT INTO recent (at, id, i, expires, kept, characters, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ...[at, id, i, expires, kept, characters, piece],
      );
      i += 1;
    }
  }

  /** What came last and has not expired, the newest of it first: so many, of so many characters, one in any case. */
  recents(now: number, most: number, mostCharacters: number): StoredRecent[] {
    const rows = this.sql
      .exec<StoredRecent & { readonly expires: number } & Record<string, SqlStorageValue>>(
        "SELECT at, id, characters, expires FROM recent WHERE i = 0 ORDER BY at DESC LIMIT ?",
        most,
      )
      .toArray();
    const found: StoredRecent[] = [];
    let characters = 0;
    // What came before one that has expired has expired, too.
    for (const row of rows) {
      characters += row.characters;
      if (row.expires <= now || (found.length > 0 && characters > mostCharacters)) break;
      found.push(row);
    }
    return found;
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

  insertGiven(run: string, delivery: string, expires: number): void {
    this.sql.exec("INSERT INTO given (run, delivery, expires) VALUES (?, ?, ?)", run, delivery, expires);
  }

  insertDebt({ token, delivery, at, characters, tries }: Debt, due: number): void {
    this.sql.exec(
      "INSERT INTO owed (token, delivery, at, characters, tries, due) VALUES (?, ?, ?, ?, ?, ?)",
      ...[token, delivery, at, characters, tries, due],
    );
  }

  /** That it is to be tried again at `due`, unless it was paid meanwhile. */
  postponeDebt(token: string, tries: number, due: number): void {
    this.sql.exec("UPDATE owed SET tries = ?, due = ? WHERE token = ?", tries, due, token);
  }

  deleteDebt(token: string): void {
    this.sql.exec("DELETE FROM owed WHERE token = ?", token);
  }

  dueDebts(now: number, limit: number): Debt[] {
    return this.sql
      .exec<Debt & Record<string, SqlStorageValue>>(
        "SELECT token, delivery, at, characters, tries FROM owed WHERE due <= ? ORDER BY due LIMIT ?",
        now,
        limit,
      )
      .toArray();
  }

  /** When the first of what is owed is due; undefined when nothing is. */
  nextDue(): number | undefined {
    return this.sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM owed").one().due ?? undefined;
  }

  /**
   * Takes out what is over, but for the bodies of what is owed still; reads all that there is. When there is something to take
   * out next; undefined when there never will be.
   */
  sweep(now: number): number | undefined {
    this.sql.exec("DELETE FROM waiter WHERE until <= ?", now);
    this.sql.exec("DELETE FROM given WHERE expires <= ?", now);
    this.sql.exec("DELETE FROM recent WHERE kept <= ? AND id NOT IN (SELECT delivery FROM owed)", now);
    const { at } = this.sql
      .exec<{ at: number | null }>(
        `SELECT min(at) AS at FROM (
           SELECT min(until) AS at FROM waiter UNION ALL SELECT min(expires) FROM given
           UNION ALL SELECT min(kept) FROM recent WHERE kept > ?)`,
        now,
      )
      .one();
    return at ?? undefined;
  }
}
