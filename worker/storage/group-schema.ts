/**
 * One table holds a group: runs, batches, step results, triggers sent elsewhere, logs, metadata, and one row on the group itself.
 * Its primary key is the path, split into parent and last segment, so that the children of a row are one range and no
 * second index has to be written. `head` is the record as JSON; `due`, `open` and `updated` are taken out of it for the
 * scans that a waking group makes. Bodies too large for a row (2 MB) are cut into `chunk`, which is made when first needed.
 */
export const CREATE_ENTRY = `CREATE TABLE IF NOT EXISTS entry (
  parent TEXT NOT NULL,
  seg TEXT NOT NULL,
  kind TEXT NOT NULL,
  open INTEGER NOT NULL,
  due INTEGER,
  updated INTEGER NOT NULL,
  head TEXT NOT NULL,
  payload TEXT,
  payload_type TEXT,
  output TEXT,
  output_type TEXT,
  PRIMARY KEY (parent, seg)
) WITHOUT ROWID`;

export const CREATE_CHUNK = `CREATE TABLE IF NOT EXISTS chunk (
  parent TEXT NOT NULL,
  seg TEXT NOT NULL,
  part TEXT NOT NULL,
  i INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (parent, seg, part, i)
) WITHOUT ROWID`;

/** The row on the group itself, at the root. '!' sorts before every segment. */
export const GROUP_SEG = "!group";
/** Log rows of a run start with this; they are no part of its journal. */
export const LOG_PREFIX = "!log";
/** What a replay remembers of the run before it, below the run. */
export const RECALLED_SEG = "!recalled";
/** The row with the metadata of a run; rows on what other groups' runs have sent to it, and on what is owed to those. */
export const METADATA_SEG = "!metadata";
export const RECEIPT_PREFIX = "!receipt:";
export const LETTER_PREFIX = "!to:";
/** Segments from here on are journal entries. */
export const FIRST_SEG = "0";
