/**
 * The tables of a queue's object. `line`: who waits for a slot, in order, by key and lane. `holder`: who has a slot, or a
 * place among those in flight. `rate`: what has begun, by key. `setting`: what was set from outside.
 */
export const CREATE_QUEUE = [
  `CREATE TABLE line (
    key TEXT NOT NULL,
    lane INTEGER NOT NULL,
    rank REAL NOT NULL,
    grp TEXT NOT NULL,
    n TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (key, lane, rank, grp, n)
  ) WITHOUT ROWID`,
  `CREATE TABLE holder (
    grp TEXT NOT NULL,
    n TEXT NOT NULL,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    has_slot INTEGER NOT NULL,
    due INTEGER,
    PRIMARY KEY (grp, n)
  ) WITHOUT ROWID`,
  "CREATE TABLE rate (key TEXT PRIMARY KEY, log TEXT NOT NULL, over INTEGER NOT NULL) WITHOUT ROWID",
  "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
];
