import type { MetadataHead } from "../core/metadata-head.ts";
import { METADATA_SEG, RECEIPT_PREFIX } from "./group-schema.ts";

/** The metadata of runs, each in a row below its run; and how much of what other runs sent to it has come. */
export class MetadataRows {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  read(n: string): { readonly head: MetadataHead; readonly text: string } | undefined {
    for (const { head, text } of this.sql.exec<{ head: string; text: string }>(
      "SELECT head, payload AS text FROM entry WHERE parent = ? AND seg = ?",
      n,
      METADATA_SEG,
    )) {
      return { head: JSON.parse(head) as MetadataHead, text };
    }
    return undefined;
  }

  /** `text` is the object as JSON. */
  write(n: string, head: MetadataHead, text: string): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO entry (parent, seg, kind, open, updated, head, payload) VALUES (?, ?, 'metadata', 0, 0, ?, ?)",
      n,
      METADATA_SEG,
      JSON.stringify(head),
      text,
    );
  }

  /** How many operations of `sender`, a run of another group, the run has had. */
  readReceipt(n: string, sender: string): number {
    for (const { head } of this.sql.exec<{ head: string }>(
      "SELECT head FROM entry WHERE parent = ? AND seg = ?",
      n,
      RECEIPT_PREFIX + sender,
    )) {
      return Number(head);
    }
    return 0;
  }

  writeReceipt(n: string, sender: string, had: number): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO entry (parent, seg, kind, open, updated, head) VALUES (?, ?, 'receipt', 0, 0, ?)",
      n,
      RECEIPT_PREFIX + sender,
      String(had),
    );
  }
}
