import type { ErrorInfo, Outcome } from "../../sdk/lib/journal.ts";
import type { Packet, PacketType } from "../../sdk/lib/packet.ts";
import { splitPath, type Place } from "../core/address.ts";
import { dueOf, isOpen, type Entry } from "../core/entry.ts";
import { Bodies, type Body } from "./bodies.ts";
import { CREATE_ENTRY, GROUP_SEG, RECALLED_SEG } from "./group-schema.ts";
import { MetadataRows } from "./metadata-rows.ts";

/** What a group knows of itself. */
export interface GroupRecord {
  /** Every change up to this time (ms) is in the index. */
  readonly indexedTo: number;
  /** How many entries are open, for as long as the group has no alarm: then nothing is due either. */
  readonly open?: number;
}

interface HeadRow extends Record<string, SqlStorageValue> {
  kind: Entry["kind"];
  head: string;
}

interface WholeRow extends HeadRow {
  payload: string | null;
  payload_type: string | null;
  output: string | null;
  output_type: string | null;
}

/** One group's rows, by path. Reads and writes one row a call; the scans are in `GroupScans`. */
export class GroupStore {
  readonly bodies: Bodies;
  readonly metadata: MetadataRows;
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    this.bodies = new Bodies(sql);
    this.metadata = new MetadataRows(sql);
  }

  /** False for an object that has never been written to: then there is nothing to read. */
  exists(): boolean {
    const rows = this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'entry'").toArray();
    return rows.length > 0;
  }

  /** After a transaction that was undone: what was made in it is not there. */
  forget(): void {
    this.bodies.forget();
  }

  create(): void {
    this.sql.exec(CREATE_ENTRY);
  }

  get(n: string): Entry | undefined {
    const { parent, seg } = splitPath(n);
    for (const row of this.sql.exec<HeadRow>(
      "SELECT kind, head FROM entry WHERE parent = ? AND seg = ?",
      parent,
      seg,
    )) {
      return readEntry(row.kind, row.head, n);
    }
    return undefined;
  }

  /** The entry, with those of its bodies that take `longest` bytes at most. */
  getWithBodies(n: string, longest: number): { entry: Entry; payload?: Packet; outcome?: Outcome } | undefined {
    const place = splitPath(n);
    for (const row of this.sql.exec<WholeRow>(
      `SELECT kind, head, payload_type, output_type, iif(octet_length(payload) <= ?3, payload, NULL) AS payload,
        iif(octet_length(output) <= ?3, output, NULL) AS output FROM entry WHERE parent = ?1 AND seg = ?2`,
      place.parent,
      place.seg,
      longest,
    )) {
      const { payload, output } = row;
      const outcome = output === null ? undefined : this.readOutcome(place, output, row.output_type);
      return {
        entry: readEntry(row.kind, row.head, n),
        ...(payload === null
          ? {}
          : { payload: asPacket(this.bodies.load(place, "payload", { text: payload, type: row.payload_type })) }),
        ...(outcome === undefined ? {} : { outcome }),
      };
    }
    return undefined;
  }

  insert(entry: Entry, payload: Packet): void {
    const place = splitPath(entry.record.n);
    const body = this.bodies.store(place, "payload", payload);
    this.sql.exec(
      "INSERT INTO entry (parent, seg, kind, open, due, updated, head, payload, payload_type) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      place.parent,
      place.seg,
      entry.kind,
      isOpen(entry) ? 1 : 0,
      dueOf(entry) ?? null,
      updatedOf(entry),
      writeHead(entry),
      body.text,
      body.type,
    );
  }

  update(entry: Entry): void {
    const { parent, seg } = splitPath(entry.record.n);
    this.sql.exec(
      "UPDATE entry SET open = ?, due = ?, updated = ?, head = ? WHERE parent = ? AND seg = ?",
      isOpen(entry) ? 1 : 0,
      dueOf(entry) ?? null,
      updatedOf(entry),
      writeHead(entry),
      parent,
      seg,
    );
  }

  /** Puts another payload in place of the one that a row has. */
  replacePayload(n: string, payload: Packet): void {
    const place = splitPath(n);
    const { type } = this.sql
      .exec<{ type: string | null }>(
        "SELECT payload_type AS type FROM entry WHERE parent = ? AND seg = ?",
        place.parent,
        place.seg,
      )
      .one();
    this.bodies.drop(place, "payload", type);
    const body = this.bodies.store(place, "payload", payload);
    this.sql.exec(
      "UPDATE entry SET payload = ?, payload_type = ? WHERE parent = ? AND seg = ?",
      body.text,
      body.type,
      place.parent,
      place.seg,
    );
  }

  /** As `update`, with the outcome, in one row write. */
  updateWithOutcome(entry: Entry, outcome: Outcome): void {
    const place = splitPath(entry.record.n);
    const body = this.bodies.store(place, "output", outcomeBody(outcome));
    this.sql.exec(
      "UPDATE entry SET open = ?, due = ?, updated = ?, head = ?, output = ?, output_type = ? WHERE parent = ? AND seg = ?",
      isOpen(entry) ? 1 : 0,
      dueOf(entry) ?? null,
      updatedOf(entry),
      writeHead(entry),
      body.text,
      body.type,
      place.parent,
      place.seg,
    );
  }

  /** A record that is whole from the start: a finished item or a step. One found under the same path is replaced. */
  insertWithOutcome(entry: Entry, payload: Packet | undefined, outcome: Outcome): void {
    const place = splitPath(entry.record.n);
    const input = payload === undefined ? { text: null, type: null } : this.bodies.store(place, "payload", payload);
    const output = this.bodies.store(place, "output", outcomeBody(outcome));
    this.sql.exec(
      "INSERT OR REPLACE INTO entry (parent, seg, kind, open, due, updated, head, payload, payload_type, output, output_type) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      place.parent,
      place.seg,
      entry.kind,
      isOpen(entry) ? 1 : 0,
      dueOf(entry) ?? null,
      updatedOf(entry),
      writeHead(entry),
      input.text,
      input.type,
      output.text,
      output.type,
    );
  }

  payload(n: string): Packet {
    const place = splitPath(n);
    for (const row of this.sql.exec<{ text: string | null; type: string | null }>(
      "SELECT payload AS text, payload_type AS type FROM entry WHERE parent = ? AND seg = ?",
      place.parent,
      place.seg,
    )) {
      return asPacket(this.bodies.load(place, "payload", row));
    }
    return { type: "application/json" };
  }

  /** The outcome of a final run; undefined for one that has none yet. */
  outcome(n: string): Outcome | undefined {
    const place = splitPath(n);
    for (const row of this.sql.exec<{ text: string | null; type: string | null }>(
      "SELECT output AS text, output_type AS type FROM entry WHERE parent = ? AND seg = ?",
      place.parent,
      place.seg,
    )) {
      return this.readOutcome(place, row.text, row.type);
    }
    return undefined;
  }

  readOutcome(place: Place, text: string | null, type: string | null): Outcome | undefined {
    if (type === null) return undefined;
    const body = this.bodies.load(place, "output", { text, type });
    if (body.type === ERROR_TYPE) return { ok: false, error: JSON.parse(body.data ?? "{}") as ErrorInfo };
    return { ok: true, output: asPacket(body) };
  }

  readGroup(): GroupRecord | undefined {
    for (const row of this.sql.exec<{ head: string }>(
      "SELECT head FROM entry WHERE parent = '' AND seg = ?",
      GROUP_SEG,
    )) {
      return JSON.parse(row.head) as GroupRecord;
    }
    return undefined;
  }

  writeGroup(record: GroupRecord): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO entry (parent, seg, kind, open, updated, head) VALUES ('', ?, 'group', 0, 0, ?)",
      GROUP_SEG,
      JSON.stringify(record),
    );
  }

  /** Writes what a replay remembers of the run before it, as JSON. */
  insertRecalled(n: string, journal: string): void {
    const body = this.bodies.store({ parent: n, seg: RECALLED_SEG }, "output", { data: journal, type: "recalled" });
    this.sql.exec(
      "INSERT OR REPLACE INTO entry (parent, seg, kind, open, updated, head, output, output_type) VALUES (?, ?, 'recalled', 0, 0, '{}', ?, ?)",
      n,
      RECALLED_SEG,
      body.text,
      body.type,
    );
  }

  /** What `insertRecalled` wrote; undefined where nothing was. */
  recalled(n: string): string | undefined {
    const place = { parent: n, seg: RECALLED_SEG };
    for (const row of this.sql.exec<{ text: string | null; type: string | null }>(
      "SELECT output AS text, output_type AS type FROM entry WHERE parent = ? AND seg = ?",
      place.parent,
      place.seg,
    )) {
      return this.bodies.load(place, "output", row).data;
    }
    return undefined;
  }

  /** Writes one row of log lines (JSON) of a run. */
  insertLogs(n: string, seg: string, lines: string): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO entry (parent, seg, kind, open, updated, head) VALUES (?, ?, 'log', 0, 0, ?)",
      n,
      seg,
      lines,
    );
  }
}

const ERROR_TYPE = "error";

function outcomeBody(outcome: Outcome): Body {
  return outcome.ok ? outcome.output : { data: JSON.stringify(outcome.error), type: ERROR_TYPE };
}

function asPacket(body: Body): Packet {
  const type = body.type as PacketType;
  return body.data === undefined ? { type } : { data: body.data, type };
}

export function readEntry(kind: Entry["kind"], head: string, n: string): Entry {
  const record: unknown = { ...(JSON.parse(head) as object), n };
  // The row was written by `writeHead` under the same kind.
  return { kind, record } as Entry;
}

function writeHead(entry: Entry): string {
  return JSON.stringify({ ...entry.record, n: undefined });
}

function updatedOf(entry: Entry): number {
  if (entry.kind === "token") return entry.record.completedAt ?? entry.record.createdAt;
  return "updatedAt" in entry.record ? entry.record.updatedAt : 0;
}
