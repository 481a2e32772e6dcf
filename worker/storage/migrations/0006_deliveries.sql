-- The index behind lists of webhook deliveries, kept as that of runs is. A delivery is one row here and one by its endpoint; one
-- that has made no run is in a third, so that those are found among many.

CREATE TABLE deliveries (
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  status TEXT NOT NULL,
  external_id TEXT NOT NULL,
  PRIMARY KEY (created_at, id)
) WITHOUT ROWID;

CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint, created_at, id);
CREATE INDEX deliveries_by_status ON deliveries (status, created_at, id) WHERE status <> 'succeeded';
