import { joinPath, type Place } from "../core/address.ts";
import type { Entry, Sent, Timer, Waiting } from "../core/entry.ts";
import { HELD, type Run } from "../core/run.ts";
import { FIRST_SEG, LOG_PREFIX } from "./group-schema.ts";
import { readEntry } from "./group-store.ts";

interface EntryRow extends Record<string, SqlStorageValue> {
  parent: string;
  seg: string;
  kind: Entry["kind"];
  head: string;
}

/** A row of a range with its outcome as stored, still unread. */
export interface ChildRow {
  readonly entry: Entry;
  readonly seg: string;
  readonly output: string | null;
  readonly outputType: string | null;
}

/**
 * The ranges and scans of a group. All of them take pages or give small rows, since a group may hold more than fits in
 * memory. The scans over the whole table run when an alarm fires, a group wakes or a call has to be made again, never once a
 * turn.
 */
export class GroupScans {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** The entries right below `parent` after `seg`, in order of their segments. Ends when the caller stops reading. */
  *children(parent: string, after: string | undefined): Generator<ChildRow> {
    const rows = this.sql.exec<EntryRow & { output: string | null; output_type: string | null }>(
      "SELECT parent, seg, kind, head, output, output_type FROM entry WHERE parent = ? AND seg > ? ORDER BY seg",
      parent,
      after ?? FIRST_SEG,
    );
    for (const row of rows) {
      yield {
        entry: readEntry(row.kind, row.head, joinPath(row.parent, row.seg)),
        seg: row.seg,
        output: row.output,
        outputType: row.output_type,
      };
    }
  }

  /** The entries right below `parent`, in order of their segments, without their bodies. */
  *heads(parent: string): Generator<Entry> {
    const rows = this.sql.exec<EntryRow>(
      "SELECT parent, seg, kind, head FROM entry WHERE parent = ? AND seg >= ? ORDER BY seg",
      parent,
      FIRST_SEG,
    );
    for (const row of rows) yield readEntry(row.kind, row.head, joinPath(row.parent, row.seg));
  }

  /** As `heads`, runs and batches alone: a run may have a thousand times as many steps. */
  *family(parent: string): Generator<Entry> {
    const rows = this.sql.exec<EntryRow>(
      "SELECT parent, seg, kind, head FROM entry WHERE parent = ? AND seg >= ? AND kind IN ('run', 'batch') ORDER BY seg",
      parent,
      FIRST_SEG,
    );
    for (const row of rows) yield readEntry(row.kind, row.head, joinPath(row.parent, row.seg));
  }

  /** Segments of the items of a batch that no consumer has claimed yet, and that are held so. */
  heldItems(batch: string, due: number): string[] {
    return this.sql
      .exec<{ seg: string }>("SELECT seg FROM entry WHERE parent = ? AND due = ? ORDER BY seg", batch, due)
      .toArray()
      .map((row) => row.seg);
  }

  /** Open entries anywhere below `n`, a page at a time, after the place given. */
  openBelow(n: string, after: { parent: string; seg: string } | undefined, limit: number): Entry[] {
    const from = after ?? { parent: n, seg: "" };
    return this.entries(
      `SELECT parent, seg, kind, head FROM entry
       WHERE (parent, seg) > (?2, ?3) AND parent < ?1 || '/' AND (parent = ?1 OR parent > ?1 || '.')
       AND (open = 1 OR kind = 'sent')
       ORDER BY parent, seg LIMIT ?4`,
      n,
      from.parent,
      from.seg,
      limit,
    );
  }

  /** What is due first, in the order of time. */
  soonest(limit: number): { readonly n: string; readonly due: number }[] {
    return this.sql
      .exec<{ parent: string; seg: string; due: number }>(
        "SELECT parent, seg, due FROM entry WHERE due < ? ORDER BY due LIMIT ?",
        HELD,
        limit,
      )
      .toArray()
      .map(({ parent, seg, due }) => ({ n: joinPath(parent, seg), due }));
  }

  /** The runs that a call was handed and that execute still. */
  claimedBy(call: string): Run[] {
    return this.entries(
      "SELECT parent, seg, kind, head FROM entry WHERE kind = 'run' AND open = 1 AND head ->> '$.state.call' = ?",
      call,
    ).flatMap((entry) => (entry.kind === "run" ? [entry.record] : []));
  }

  hasHeldItems(batch: string): boolean {
    return this.sql.exec("SELECT 1 FROM entry WHERE parent = ? AND due = ? LIMIT 1", batch, HELD).toArray().length > 0;
  }

  /** Timers right below a run whose time has not come. */
  openTimers(run: string): Timer[] {
    return this.entries(
      "SELECT parent, seg, kind, head FROM entry WHERE parent = ? AND kind = 'timer' AND open = 1",
      run,
    ).flatMap((entry) => (entry.kind === "timer" ? [entry.record] : []));
  }

  /** The path of the last run or batch at the root whose name begins so. */
  lastRoot(name: string): string | undefined {
    const rows = this.sql.exec<{ seg: string }>(
      "SELECT seg FROM entry WHERE parent = '' AND seg >= ? AND seg < ? ORDER BY seg DESC LIMIT 1",
      name,
      `${name}~`,
    );
    for (const { seg } of rows) return seg;
    return undefined;
  }

  /** Paths at the root whose names begin so, in their order. */
  roots(name: string, limit: number): string[] {
    return this.sql
      .exec<{ seg: string }>(
        "SELECT seg FROM entry WHERE parent = '' AND seg >= ? AND seg < ? ORDER BY seg LIMIT ?",
        name,
        `${name}~`,
        limit,
      )
      .toArray()
      .map(({ seg }) => seg);
  }

  /** What waits right below a run for its end. */
  waiting(run: string): Waiting[] {
    return this.entries("SELECT parent, seg, kind, head FROM entry WHERE parent = ? AND kind = 'waiting'", run).flatMap(
      (entry) => (entry.kind === "waiting" ? [entry.record] : []),
    );
  }

  /** Items of a batch whose runs are in other groups. */
  sentItems(batch: string): Sent[] {
    return this.entries("SELECT parent, seg, kind, head FROM entry WHERE parent = ? AND kind = 'sent'", batch).flatMap(
      (entry) => (entry.kind === "sent" ? [entry.record] : []),
    );
  }

  /** When a run, batch, token or delivery of the group has last changed, ms; undefined when there is none. */
  lastChange(): number | undefined {
    const row = this.sql.exec<{ at: number | null }>("SELECT max(updated) AS at FROM entry WHERE updated > 0").one();
    return row.at ?? undefined;
  }

  countOpen(): number {
    return this.sql.exec<{ open: number }>("SELECT count(*) AS open FROM entry WHERE open = 1").one().open;
  }

  /** Paths of the runs, tokens and deliveries that changed at `since` or later, in pages of up to `limit`. */
  *changedSince(since: number, limit: number): Generator<string[]> {
    let after: Place = { parent: "", seg: "" };
    for (;;) {
      const page = this.sql
        .exec<{ parent: string; seg: string }>(
          `SELECT parent, seg FROM entry WHERE (parent, seg) > (?, ?) AND kind IN ('run', 'token', 'delivery') AND updated >= ?
           ORDER BY parent, seg LIMIT ?`,
          after.parent,
          after.seg,
          since,
          limit,
        )
        .toArray();
      const last = page.at(-1);
      if (last === undefined) return;
      yield page.map(({ parent, seg }) => joinPath(parent, seg));
      if (page.length < limit) return;
      after = last;
    }
  }

  /** Rows of log lines of a run, in the order of writing, after the one with this number. */
  *logs(n: string, after: string | undefined): Generator<{ number: string; lines: string }> {
    const rows = this.sql.exec<{ seg: string; lines: string }>(
      "SELECT seg, head AS lines FROM entry WHERE parent = ? AND seg > ? AND seg < ? ORDER BY seg",
      n,
      LOG_PREFIX + (after ?? ""),
      `${LOG_PREFIX}~`,
    );
    for (const { seg, lines } of rows) yield { number: seg.slice(LOG_PREFIX.length), lines };
  }

  private entries(query: string, ...bindings: (string | number)[]): Entry[] {
    return this.sql
      .exec<EntryRow>(query, ...bindings)
      .toArray()
      .map((row) => readEntry(row.kind, row.head, joinPath(row.parent, row.seg)));
  }
}
