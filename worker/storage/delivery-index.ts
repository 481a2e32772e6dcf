import type { DeliveryStatus } from "../core/webhook-delivery.ts";
import { packBySize } from "../core/pack-by-size.ts";
import { rangeStatement, readRange, type Condition, type IndexRange, type Statement } from "./index-range.ts";

/** A delivery as the index knows it; it never changes. `createdAt` is in milliseconds since 1970. */
export interface DeliveryRow {
  readonly id: string;
  readonly createdAt: number;
  readonly endpoint: string;
  readonly status: DeliveryStatus;
  readonly externalId: string;
}

/** What it takes to find a delivery in the index. */
export type IndexedDelivery = Pick<DeliveryRow, "id" | "createdAt">;

/** Which deliveries to read. A filter with several values takes those that have any of them; filters are all met. */
export interface DeliveryQuery extends IndexRange {
  readonly endpoints?: readonly string[];
  readonly statuses?: readonly DeliveryStatus[];
}

const INSERT_DELIVERIES = `
  INSERT OR IGNORE INTO deliveries (created_at, id, endpoint, status, external_id)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?1)`;

const DELETE_DELIVERIES = `
  DELETE FROM deliveries WHERE (created_at, id) IN (SELECT value->>0, value->>1 FROM json_each(?1))`;

/** Characters of one parameter, which may have 2 MB: a character is three bytes at most. */
const PARAMETER_CHARACTERS = 500_000;

/** Writes what the index does not know; twice is harmless. */
export async function insertDeliveries(db: D1Database, rows: readonly DeliveryRow[]): Promise<void> {
  const sizeOf = ({ id, endpoint, externalId }: DeliveryRow) => 60 + id.length + endpoint.length + externalId.length;
  const statements = packBySize(rows, sizeOf, PARAMETER_CHARACTERS).map((part) => {
    const columns = part.map((row) => [row.createdAt, row.id, row.endpoint, row.status, row.externalId]);
    return db.prepare(INSERT_DELIVERIES).bind(JSON.stringify(columns));
  });
  if (statements.length > 0) await db.batch(statements);
}

/** Takes deliveries out of the index. Those that are not there are passed over. */
export async function removeDeliveries(db: D1Database, deliveries: readonly IndexedDelivery[]): Promise<void> {
  const statements = packBySize(deliveries, ({ id }) => id.length + 30, PARAMETER_CHARACTERS).map((part) =>
    db.prepare(DELETE_DELIVERIES).bind(JSON.stringify(part.map(({ createdAt, id }) => [createdAt, id]))),
  );
  if (statements.length > 0) await db.batch(statements);
}

/** The deliveries that fit the query: those nearest to the position it goes out from, `limit` of them at most, newest first. */
export async function readDeliveries(db: D1Database, query: DeliveryQuery): Promise<DeliveryRow[]> {
  const rows = await readRange<StoredDelivery>(db, query, deliveryStatements(query));
  return rows.map(({ created_at, external_id, ...row }) => ({
    ...row,
    createdAt: created_at,
    externalId: external_id,
  }));
}

/** The statements whose rows together are the answer: one for each endpoint, or else for each status, or one over all. */
export function deliveryStatements(query: DeliveryQuery): Statement[] {
  const { endpoints, statuses } = query;
  const read = (index: string, leading: Condition | undefined, others: readonly Condition[]) => {
    const source = `deliveries AS w${index === "" ? "" : ` INDEXED BY ${index}`}`;
    return rangeStatement(query, { columns: COLUMNS, source, key: "w", leading, others });
  };
  if (endpoints !== undefined) {
    const others = statuses === undefined ? [] : [{ sql: IN_STATUSES, values: [JSON.stringify(statuses)] }];
    return endpoints.map((endpoint) =>
      read("deliveries_by_endpoint", { sql: "w.endpoint = ?", values: [endpoint] }, others),
    );
  }
  if (statuses === undefined) return [read("", undefined, [])];
  return statuses.map((status) => {
    const leading = { sql: "w.status = ?", values: [status] };
    if (status === "succeeded") return read("", leading, []);
    // The index is known to fit by this condition alone.
    return read("deliveries_by_status", leading, [{ sql: "w.status <> 'succeeded'", values: [] }]);
  });
}

const COLUMNS = "w.created_at, w.id, w.endpoint, w.status, w.external_id";
const IN_STATUSES = "w.status IN (SELECT value FROM json_each(?))";

interface StoredDelivery {
  readonly created_at: number;
  readonly id: string;
  readonly endpoint: string;
  readonly status: DeliveryStatus;
  readonly external_id: string;
}
