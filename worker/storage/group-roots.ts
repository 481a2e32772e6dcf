import { isFollowed } from "../core/address.ts";
import { FIRST_SEG } from "./group-schema.ts";

/** What is at a root, ?1, and everything below it. */
const TREE = "((parent = '' AND seg = ?1) OR parent = ?1 OR (parent > ?1 || '.' AND parent < ?1 || '/'))";

/** A group where the runs, batches or tokens of one key follow each other, each at a root of its own. */
export class GroupRoots {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** The path of the first of several; undefined where there are not several, or where these do not follow each other. */
  first(): string | undefined {
    const [first, second] = this.sql
      .exec<{ seg: string }>("SELECT seg FROM entry WHERE parent = '' AND seg >= ? ORDER BY seg LIMIT 2", FIRST_SEG)
      .toArray();
    return first === undefined || second === undefined || !isFollowed(first.seg) ? undefined : first.seg;
  }

  /** When the root, or anything below it, has last changed, ms; undefined while something of it is open. */
  lastChange(root: string): number | undefined {
    const row = this.sql
      .exec<{ at: number | null; open: number | null }>(
        `SELECT max(updated) AS at, max(open) AS open FROM entry WHERE ${TREE}`,
        root,
      )
      .one();
    return row.open === 1 ? undefined : (row.at ?? undefined);
  }

  /** Paths of the root and of the runs below it, all of them. */
  runs(root: string): string[] {
    return this.sql
      .exec<{ parent: string; seg: string }>(
        `SELECT parent, seg FROM entry WHERE ${TREE} AND kind IN ('run', 'token') ORDER BY parent, seg`,
        root,
      )
      .toArray()
      .map(({ parent, seg }) => (parent === "" ? seg : `${parent}.${seg}`));
  }

  /** Deletes the root and everything below it, bodies in chunks as well. */
  delete(root: string): void {
    this.sql.exec(`DELETE FROM entry WHERE ${TREE}`, root);
    const hasChunks = this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'chunk'").toArray().length > 0;
    if (hasChunks) this.sql.exec(`DELETE FROM chunk WHERE ${TREE}`, root);
  }
}
