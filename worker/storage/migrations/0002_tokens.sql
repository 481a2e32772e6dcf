-- The index behind lists of tokens, kept as that of runs is. A token is one row here, and one more for each of its tags and
-- for an idempotency key. There is no index by status: it would cost two rows more for every token that is waited for, and a
-- list by status reads no more than the tokens of its window of time.

CREATE TABLE tokens (
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  completed_at INTEGER,
  timeout_at INTEGER,
  tags TEXT,
  key TEXT,
  key_until INTEGER,
  PRIMARY KEY (created_at, id)
) WITHOUT ROWID;

CREATE INDEX tokens_by_key ON tokens (key, created_at, id) WHERE key IS NOT NULL;

CREATE TABLE token_tags (
  tag TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tag, created_at, id)
) WITHOUT ROWID;
