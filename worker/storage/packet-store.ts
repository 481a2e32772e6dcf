import type { Packet, PacketType } from "../../sdk/lib/packet.ts";
import { cutText } from "./cut-text.ts";

interface Piece extends Record<string, SqlStorageValue> {
  readonly type: string;
  readonly body: string | null;
}

/** One packet, in as many rows as it takes. */
export class PacketStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** In place of what was there. */
  write({ data, type }: Packet): void {
    this.sql.exec("CREATE TABLE IF NOT EXISTS piece (i INTEGER PRIMARY KEY, type TEXT NOT NULL, body TEXT)");
    this.sql.exec("DELETE FROM piece");
    const pieces: readonly (string | null)[] = data === undefined ? [null] : data === "" ? [""] : [...cutText(data)];
    for (const [i, body] of pieces.entries()) {
      this.sql.exec("INSERT INTO piece (i, type, body) VALUES (?, ?, ?)", i, type, body);
    }
  }

  /** Undefined for an object that was never written to. */
  read(): Packet | undefined {
    if (this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'piece'").toArray().length === 0) return undefined;
    let found: Packet | undefined;
    for (const { type, body } of this.sql.exec<Piece>("SELECT type, body FROM piece ORDER BY i")) {
      // The row was written by `write`.
      found = {
        type: type as PacketType,
        ...(body === null ? {} : { data: (found?.data ?? "") + body }),
      };
    }
    return found;
  }
}
