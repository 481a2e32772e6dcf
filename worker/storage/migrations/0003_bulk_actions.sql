-- The list of bulk actions, and which runs each of them has made or canceled. Filled from the actions' objects, never the truth.
-- One row for each run that an action was for; none for any other run.

CREATE TABLE bulk_actions (
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT,
  status TEXT NOT NULL,
  total INTEGER NOT NULL,
  success INTEGER NOT NULL,
  failure INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  completed_at INTEGER,
  version INTEGER NOT NULL,
  PRIMARY KEY (created_at, id)
) WITHOUT ROWID;

CREATE TABLE bulk_runs (
  bulk_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (bulk_id, created_at, id)
) WITHOUT ROWID;
