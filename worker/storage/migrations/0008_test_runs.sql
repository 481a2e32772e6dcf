-- Runs that were triggered with `test`; of others it is null.
ALTER TABLE runs ADD COLUMN is_test INTEGER;
