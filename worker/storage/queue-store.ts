import type { RateLog } from "../core/rate-log.ts";
import type { Lane, QueueCounts, Place, Holder } from "../core/queue-line.ts";
import { CREATE_QUEUE } from "./queue-schema.ts";

interface LineRow extends Record<string, SqlStorageValue> {
  key: string;
  lane: Lane;
  rank: number;
  grp: string;
  n: string;
  number: number;
}

interface HolderRow extends Record<string, SqlStorageValue> {
  grp: string;
  n: string;
  number: number;
  key: string;
  has_slot: number;
}

/** What an object has stored of its queue. */
export class QueueStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** False for an object that has never been written to. */
  exists(): boolean {
    return this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'line'").toArray().length > 0;
  }

  create(): void {
    for (const table of CREATE_QUEUE) this.sql.exec(table);
  }

  /**
   * How many are in each lane, and hold what, by key, for an object that wakes. Of a lane with `most` or more some `most` are
   * counted: the line may be a hundred thousand long, and the object may wake for each of them.
   */
  counts(most: number): QueueCounts {
    const holders = this.sql
      .exec<{ key: string; slots: number; count: number }>(
        "SELECT key, sum(has_slot) AS slots, count(*) AS count FROM holder GROUP BY key",
      )
      .toArray();
    return {
      line: this.lanes(most),
      holders: holders.map(({ key, slots, count }) => ({ key, executing: slots, inFlight: count })),
    };
  }

  private lanes(most: number): QueueCounts["line"] {
    const lanes: { key: string; lane: Lane; count: number }[] = [];
    let after: readonly (string | number)[] = ["", -1, 0, "", ""];
    for (;;) {
      const page = this.sql
        .exec<LineRow>(
          `SELECT key, lane, rank, grp, n, number FROM line WHERE (key, lane, rank, grp, n) > (?, ?, ?, ?, ?)
           ORDER BY key, lane, rank, grp, n LIMIT ?`,
          ...after,
          most,
        )
        .toArray();
      for (const { key, lane } of page) {
        const last = lanes.at(-1);
        if (last?.key === key && last.lane === lane) last.count += 1;
        else lanes.push({ key, lane, count: 1 });
      }
      const row = page.at(-1);
      if (row === undefined || page.length < most) return lanes;
      const isCounted = (lanes.at(-1)?.count ?? 0) >= most;
      after = isCounted ? [row.key, row.lane, Number.MAX_VALUE, "", ""] : [row.key, row.lane, row.rank, row.grp, row.n];
    }
  }

  /** How many are in a lane, `most` at the most. */
  laneCount(key: string, lane: Lane, most: number): number {
    return this.sql
      .exec<{ count: number }>(
        "SELECT count(*) AS count FROM (SELECT 1 FROM line WHERE key = ? AND lane = ? LIMIT ?)",
        key,
        lane,
        most,
      )
      .one().count;
  }

  /** How many are in line. Reads all of it. */
  lineCount(): number {
    return this.sql.exec<{ count: number }>("SELECT count(*) AS count FROM line").one().count;
  }

  /** Where the run stands in line, in which lanes and with which wishes: one of them, but for a repeated call. */
  standing(key: string, { rank, group, n }: Place): { lane: Lane; number: number }[] {
    return this.sql
      .exec<{ lane: number; number: number }>(
        "SELECT lane, number FROM line WHERE key = ? AND lane IN (0, 1, 2) AND rank = ? AND grp = ? AND n = ?",
        key,
        rank,
        group,
        n,
      )
      .toArray()
      .map(({ lane, number }) => ({ lane: lane as Lane, number }));
  }

  join(key: string, lane: Lane, { rank, group, n }: Place, number: number): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO line (key, lane, rank, grp, n, number) VALUES (?, ?, ?, ?, ?, ?)",
      key,
      lane,
      rank,
      group,
      n,
      number,
    );
  }

  leave(key: string, lane: Lane, { rank, group, n }: Place): void {
    this.sql.exec(
      "DELETE FROM line WHERE key = ? AND lane = ? AND rank = ? AND grp = ? AND n = ?",
      key,
      lane,
      rank,
      group,
      n,
    );
  }

  /** The next of a lane. */
  first(key: string, lane: Lane): (Place & { readonly number: number }) | undefined {
    const rows = this.sql.exec<LineRow>(
      "SELECT rank, grp, n, number FROM line WHERE key = ? AND lane = ? ORDER BY rank, grp, n LIMIT 1",
      key,
      lane,
    );
    for (const { rank, grp, n, number } of rows) return { rank, group: grp, n, number };
    return undefined;
  }

  holder(group: string, n: string): Holder | undefined {
    const rows = this.sql.exec<HolderRow>(
      "SELECT grp, n, number, key, has_slot FROM holder WHERE grp = ? AND n = ?",
      group,
      n,
    );
    for (const row of rows) return readHolder(row);
    return undefined;
  }

  /** `due`: when its group is to be told of it again, ms. */
  hold({ group, n, number, key, hasSlot }: Holder, due: number | undefined): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO holder (grp, n, number, key, has_slot, due) VALUES (?, ?, ?, ?, ?, ?)",
      group,
      n,
      number,
      key,
      hasSlot ? 1 : 0,
      due ?? null,
    );
  }

  letGo(group: string, n: string): void {
    this.sql.exec("DELETE FROM holder WHERE grp = ? AND n = ?", group, n);
  }

  /** Holders whose groups are to be told by now. Reads all of them: when the alarm fires. */
  untold(now: number, limit: number): Holder[] {
    return this.sql
      .exec<HolderRow>("SELECT grp, n, number, key, has_slot FROM holder WHERE due <= ? LIMIT ?", now, limit)
      .toArray()
      .map(readHolder);
  }

  nextUntold(): number | undefined {
    return this.sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM holder").one().due ?? undefined;
  }

  rateLog(key: string): RateLog {
    const rows = this.sql.exec<{ log: string }>("SELECT log FROM rate WHERE key = ?", key);
    for (const { log } of rows) return JSON.parse(log) as RateLog;
    return [];
  }

  /** `over`: when nothing of the log counts any more. */
  writeRateLog(key: string, log: RateLog, over: number): void {
    this.sql.exec("INSERT OR REPLACE INTO rate (key, log, over) VALUES (?, ?, ?)", key, JSON.stringify(log), over);
  }

  /** Deletes the logs of which nothing counts any more. */
  forgetRates(now: number): void {
    this.sql.exec("DELETE FROM rate WHERE over <= ?", now);
  }

  setting(name: string): string | undefined {
    for (const { value } of this.sql.exec<{ value: string }>("SELECT value FROM setting WHERE name = ?", name)) {
      return value;
    }
    return undefined;
  }

  writeSetting(name: string, value: string): void {
    this.sql.exec("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, value);
  }
}

function readHolder({ grp, n, number, key, has_slot }: HolderRow): Holder {
  return { group: grp, n, number, key, hasSlot: has_slot === 1 };
}
