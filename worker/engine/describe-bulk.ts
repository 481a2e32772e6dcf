import type { BulkActionObject } from "../../sdk/lib/wire.ts";
import { totalOf, type Bulk } from "../core/bulk.ts";
import type { BulkRow } from "../storage/bulk-index.ts";

/** The action as its list keeps it. */
export function rowOf(id: string, bulk: Bulk): BulkRow {
  const { verb, name, status, createdAt, completedAt, success, failure, skipped, version } = bulk;
  return {
    ...{ id, verb, status, createdAt, success, failure, skipped, version },
    ...(name === undefined ? {} : { name }),
    ...(completedAt === undefined ? {} : { completedAt }),
    total: totalOf(bulk),
  };
}

/** The action as the wire shows it. */
export function describeBulk(row: BulkRow): BulkActionObject {
  const { id, verb, name, status, createdAt, completedAt, total, success, failure, skipped } = row;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    type: verb === "cancel" ? "CANCEL" : "REPLAY",
    status,
    counts: { total, success, failure, skipped },
    createdAt: new Date(createdAt),
    ...(completedAt === undefined ? {} : { completedAt: new Date(completedAt) }),
  };
}
