import type { Bulk, BulkPosition } from "../core/bulk.ts";
import type { RunFilter } from "./index-lanes.ts";

/**
 * `bulk`: the action, in one row. `page`: runs that it is to act on (`ids`, null once it has), and runs that the index is owed
 * as made or canceled by it (`found`).
 */
const CREATE_BULK = [
  "CREATE TABLE bulk (id INTEGER PRIMARY KEY, head TEXT NOT NULL, filter TEXT)",
  "CREATE TABLE page (i INTEGER PRIMARY KEY, ids TEXT, found TEXT)",
];

/** Pages whose runs go to the index in one call. */
const PAGES_A_CALL = 20;

/** Runs that are still to be done. */
export interface BulkPage {
  readonly i: number;
  readonly ids: readonly string[];
}

/** What an object has stored of its bulk action. */
export class BulkStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** False for an object that has never been written to. */
  exists(): boolean {
    return this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'bulk'").toArray().length > 0;
  }

  create(bulk: Bulk, filter: RunFilter | undefined, pages: readonly (readonly string[])[]): void {
    for (const table of CREATE_BULK) this.sql.exec(table);
    const text = filter === undefined ? null : JSON.stringify(filter);
    this.sql.exec("INSERT INTO bulk (id, head, filter) VALUES (1, ?, ?)", JSON.stringify(bulk), text);
    for (const [i, ids] of pages.entries()) this.addPage(i, ids);
  }

  read(): Bulk {
    return JSON.parse(this.sql.exec<{ head: string }>("SELECT head FROM bulk").one().head) as Bulk;
  }

  write(bulk: Bulk): void {
    this.sql.exec("UPDATE bulk SET head = ?", JSON.stringify(bulk));
  }

  filter(): RunFilter | undefined {
    const { filter } = this.sql.exec<{ filter: string | null }>("SELECT filter FROM bulk").one();
    return filter === null ? undefined : (JSON.parse(filter) as RunFilter);
  }

  addPage(i: number, ids: readonly string[]): void {
    this.sql.exec("INSERT INTO page (i, ids) VALUES (?, ?)", i, JSON.stringify(ids));
  }

  /** The page that is next. */
  page(): BulkPage | undefined {
    const rows = this.sql.exec<{ i: number; ids: string }>(
      "SELECT i, ids FROM page WHERE ids IS NOT NULL ORDER BY i LIMIT 1",
    );
    for (const { i, ids } of rows) return { i, ids: JSON.parse(ids) as string[] };
    return undefined;
  }

  /** A page was worked on: these are left of it, and these the index is owed beside those that it was owed before. */
  leave(i: number, left: readonly string[], found: readonly BulkPosition[]): void {
    const owed = [...this.foundOf(i), ...found];
    const rest = left.length === 0 ? null : JSON.stringify(left);
    if (rest === null && owed.length === 0) this.sql.exec("DELETE FROM page WHERE i = ?", i);
    else this.sql.exec("UPDATE page SET ids = ?, found = ? WHERE i = ?", rest, writeFound(owed), i);
  }

  /** Runs that the index is owed, of some pages; `isAll`: for sure of all that there are. */
  owed(): { readonly pages: readonly number[]; readonly runs: readonly BulkPosition[]; readonly isAll: boolean } {
    const rows = this.sql
      .exec<{ i: number; found: string }>(
        "SELECT i, found FROM page WHERE found IS NOT NULL ORDER BY i LIMIT ?",
        PAGES_A_CALL,
      )
      .toArray();
    const runs = rows.flatMap(({ found }) => JSON.parse(found) as BulkPosition[]);
    return { pages: rows.map(({ i }) => i), runs, isAll: rows.length < PAGES_A_CALL };
  }

  /** The index has what it was owed of these pages. */
  paid(pages: readonly number[]): void {
    for (const i of pages) {
      this.sql.exec("DELETE FROM page WHERE i = ? AND ids IS NULL", i);
      this.sql.exec("UPDATE page SET found = NULL WHERE i = ?", i);
    }
  }

  private foundOf(i: number): readonly BulkPosition[] {
    const rows = this.sql.exec<{ found: string | null }>("SELECT found FROM page WHERE i = ?", i);
    for (const { found } of rows) if (found !== null) return JSON.parse(found) as BulkPosition[];
    return [];
  }
}

function writeFound(runs: readonly BulkPosition[]): string | null {
  return runs.length === 0 ? null : JSON.stringify(runs);
}
