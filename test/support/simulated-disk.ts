import type { Entry } from "../../worker/core/entry.ts";
import { joinPath } from "../../worker/core/address.ts";
import type { Process } from "./virtual-time.ts";
import { MemorySql } from "./sql-storage.ts";

/** A row of a group as it was committed. `output` is there when this write brought it. */
export interface WrittenRow {
  readonly n: string;
  readonly isNew: boolean;
  readonly head: string;
  readonly output?: { readonly text: string | null; readonly type: string | null };
}

export interface DiskEvents {
  /** All of what one transaction wrote, once it is durable. */
  committed(rows: readonly WrittenRow[]): void;
  /** The alarm is set (`null`: deleted). */
  alarmSet(at: number | null): void;
  /** May kill the process, right before or right after it becomes durable. */
  moment(process: Process): void;
}

/** What an object has durably: it outlives the processes that hold the object, one after another. */
export class SimulatedDisk {
  readonly sql = new MemorySql();
  alarm: number | null = null;
  private readonly events: DiskEvents;
  private rows: WrittenRow[] = [];
  private pendingAlarm: number | null | undefined;
  private isOpen = false;

  constructor(events: DiskEvents) {
    this.events = events;
  }

  /** The storage of an object as `process` has it; it refuses everything once the process is dead. */
  stateFor(
    process: Process,
    id: { toString(): string },
  ): { readonly state: DurableObjectState; ready: Promise<unknown> } {
    const { sql } = this;
    const exec = (query: string, ...bindings: unknown[]) => {
      if (!process.isAlive) throw new Error(`${process.name} is dead.`);
      const cursor = sql.storage.exec(query, ...bindings);
      this.note(query, bindings);
      return cursor;
    };
    const setAlarm = (at: number | null): Promise<void> => {
      if (!process.isAlive) return NEVER;
      if (this.isOpen) this.pendingAlarm = at;
      else this.writeAlarm(at);
      return Promise.resolve();
    };
    const holder = { state: undefined as unknown as DurableObjectState, ready: Promise.resolve() as Promise<unknown> };
    const state = {
      id,
      storage: {
        sql: { exec },
        transactionSync: <T>(work: () => T): T => this.transaction(process, work),
        getAlarm: () => Promise.resolve(this.alarm),
        setAlarm,
        deleteAlarm: () => setAlarm(null),
        deleteAll: () => {
          if (!process.isAlive) return NEVER;
          sql.clear();
          return setAlarm(null);
        },
      },
      blockConcurrencyWhile: (work: () => Promise<unknown>) => (holder.ready = work()),
    };
    holder.state = state as unknown as DurableObjectState;
    return holder;
  }

  /** Every row that is a run, a batch, or something sent. */
  entries(): { readonly n: string; readonly kind: Entry["kind"]; readonly record: Entry["record"] }[] {
    return this.sql.storage
      .exec<{ parent: string; seg: string; kind: Entry["kind"]; head: string }>(
        "SELECT parent, seg, kind, head FROM entry WHERE kind IN ('run', 'batch', 'sent', 'letter')",
      )
      .toArray()
      .map(({ parent, seg, kind, head }) => {
        const n = joinPath(parent, seg);
        return { n, kind, record: { ...(JSON.parse(head) as object), n } as Entry["record"] };
      });
  }

  private transaction<T>(process: Process, work: () => T): T {
    if (!process.isAlive) throw new Error(`${process.name} is dead.`);
    this.rows = [];
    this.pendingAlarm = undefined;
    this.isOpen = true;
    try {
      const result = this.sql.transaction(() => {
        const value = work();
        this.events.moment(process);
        if (!process.isAlive) throw new Error(`${process.name} died before its transaction was durable.`);
        return value;
      });
      this.isOpen = false;
      if (this.pendingAlarm !== undefined) this.writeAlarm(this.pendingAlarm);
      const { rows } = this;
      this.rows = [];
      this.events.committed(rows);
      this.events.moment(process);
      return result;
    } finally {
      this.isOpen = false;
    }
  }

  private writeAlarm(at: number | null): void {
    this.alarm = at;
    this.events.alarmSet(at);
  }

  /** Reads from a statement's bindings which run or batch it wrote. */
  private note(query: string, bindings: readonly unknown[]): void {
    const text = (i: number): string => String(bindings[i]);
    const stored = (i: number) => ({ text: bindings[i] as string | null, type: bindings[i + 1] as string | null });
    if (query.startsWith("UPDATE entry")) {
      const hasOutput = query.includes("output = ?");
      const place = hasOutput ? 6 : 4;
      const n = joinPath(text(place), text(place + 1));
      this.rows.push({ n, isNew: false, head: text(3), ...(hasOutput ? { output: stored(4) } : {}) });
    } else if (query.includes("INTO entry (parent, seg, kind, open, due")) {
      const hasOutput = query.includes("output_type");
      const n = joinPath(text(0), text(1));
      this.rows.push({ n, isNew: true, head: text(6), ...(hasOutput ? { output: stored(9) } : {}) });
    }
  }
}

const NEVER = new Promise<never>(() => undefined);
