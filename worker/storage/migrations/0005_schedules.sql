-- The list of schedules. Written by their objects when a schedule changes, not when it ticks; never the truth.

CREATE TABLE schedules (
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  spec TEXT NOT NULL,
  active INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (created_at, id)
) WITHOUT ROWID;

-- Which runs are those of a schedule: one row for each of them, none for any other run.

CREATE TABLE schedule_runs (
  schedule_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (schedule_id, created_at, id)
) WITHOUT ROWID;
