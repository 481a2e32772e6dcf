-- The index behind lists. It is never the truth: run groups are, and it can be filled again from them.
-- Both tables are ordered by time of creation, so that new rows are appended and a list reads backwards from its end.
-- Every index costs one written row for each run that is in it: a plain run that completed is in one.

CREATE TABLE runs (
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  task TEXT NOT NULL,
  status TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  duration_ms INTEGER NOT NULL,
  tags TEXT,
  batch_id TEXT,
  PRIMARY KEY (created_at, id)
) WITHOUT ROWID;

CREATE INDEX runs_by_task ON runs (task, created_at, id);
-- Most runs are completed, and those are found fast by reading backwards.
CREATE INDEX runs_by_status ON runs (status, created_at, id) WHERE status <> 'COMPLETED';
CREATE INDEX runs_by_batch ON runs (batch_id, created_at, id) WHERE batch_id IS NOT NULL;

CREATE TABLE run_tags (
  tag TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tag, created_at, id)
) WITHOUT ROWID;
