import type { DeliveryPage, ListDeliveriesQuery } from "../../sdk/lib/webhook-wire.ts";
import { readDeliveries, type DeliveryRow } from "../storage/delivery-index.ts";
import { breath } from "./breath.ts";
import { formatEndpointId, type EndpointRegistry } from "./endpoint-registry.ts";
import { readValues, readWindow } from "./list-filter.ts";
import { endPage, startPage } from "./list-page.ts";

/** A page of deliveries, newest first. Throws a `RunletApiError` (400) that names the parameter that cannot be used. */
export async function listDeliveries(
  db: D1Database,
  endpoints: EndpointRegistry,
  query: ListDeliveriesQuery,
  now: number,
): Promise<DeliveryPage> {
  const start = startPage(query);
  const statuses = readValues("filter[status]", query.status);
  // An endpoint that the code does not have any more is known by the id that it had.
  const given = query.endpoint?.map((id) => endpoints.find(id)?.endpoint.id ?? id);
  const named = readValues("filter[endpoint]", given);
  const window = readWindow(query, now, "filter[period]");
  if (query.status?.length === 0 || query.endpoint?.length === 0) return { data: [], pagination: {} };
  const filter = {
    ...(statuses === undefined ? {} : { statuses }),
    ...(named === undefined ? {} : { endpoints: named }),
  };
  await breath();
  const { rows, pagination } = endPage(start, await readDeliveries(db, { ...filter, ...window, ...start.part }));
  return { data: rows.map(toItem), pagination };
}

function toItem({ id, createdAt, endpoint, status, externalId }: DeliveryRow): DeliveryPage["data"][number] {
  const at = new Date(createdAt);
  const place = { id: formatEndpointId(endpoint), declaredId: endpoint };
  return { id, endpoint: place, status, externalDeliveryId: externalId, isTest: false, createdAt: at, processedAt: at };
}
