import { cutText } from "./cut-text.ts";
import { CREATE_CHUNK } from "./group-schema.ts";
import type { Place } from "../core/address.ts";

/** Longer bodies go to chunks. In UTF-16 units. */
const INLINE_UNITS = 250_000;

export type BodyPart = "payload" | "output";

/** A text and how to read it: a packet, or an error as JSON. */
export interface Body {
  readonly data?: string;
  readonly type: string;
}

/** A body as a row holds it: the text itself, or `chunks` in its place. */
export interface StoredBody {
  readonly text: string | null;
  readonly type: string | null;
}

const CHUNKED = "chunks:";

/** Large bodies, cut into rows of their own. */
export class Bodies {
  private readonly sql: SqlStorage;
  private hasTable: boolean | undefined;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  forget(): void {
    this.hasTable = undefined;
  }

  /** What to put into the row for this packet; writes the chunks of a large one. */
  store(place: Place, part: BodyPart, body: Body): StoredBody {
    const { data } = body;
    if (data === undefined || data.length <= INLINE_UNITS) return { text: data ?? null, type: body.type };
    if (this.hasTable !== true) {
      this.sql.exec(CREATE_CHUNK);
      this.hasTable = true;
    }
    let i = 0;
    for (const piece of cutText(data)) {
      this.sql.exec(
        "INSERT INTO chunk (parent, seg, part, i, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
        place.parent,
        place.seg,
        part,
        i,
        piece,
      );
      i += 1;
    }
    return { text: null, type: CHUNKED + body.type };
  }

  /** Deletes the chunks of a body, if it has any. */
  drop(place: Place, part: BodyPart, type: string | null): void {
    if (type?.startsWith(CHUNKED) !== true) return;
    this.sql.exec("DELETE FROM chunk WHERE parent = ? AND seg = ? AND part = ?", place.parent, place.seg, part);
  }

  load(place: Place, part: BodyPart, stored: StoredBody): Body {
    const { text, type } = stored;
    if (type === null) return { type: "application/json" };
    if (!type.startsWith(CHUNKED)) return text === null ? { type } : { data: text, type };
    let data = "";
    const rows = this.sql.exec<{ body: string }>(
      "SELECT body FROM chunk WHERE parent = ? AND seg = ? AND part = ? ORDER BY i",
      place.parent,
      place.seg,
      part,
    );
    for (const row of rows) data += row.body;
    return { data, type: type.slice(CHUNKED.length) };
  }
}
