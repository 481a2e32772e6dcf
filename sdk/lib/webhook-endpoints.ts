import { currentSurroundings } from "./pass-context.ts";
import { doorOf } from "./trigger.ts";
import type { EndpointItem, EndpointObject } from "./webhook-wire.ts";

/** The webhook endpoints of the deployed code, in the order in which it names them. */
export async function listEndpoints(): Promise<readonly EndpointItem[]> {
  const { data } = await doorOf(currentSurroundings()).webhooks.listEndpoints();
  return data;
}

/**
 * An endpoint by its id, or by what `webhooks.endpoint.define()` gave: its address, which of its secrets are set, who is
 * subscribed to it. Throws a `RunletApiError` 404 (`endpoint_not_found`) for one that the deployed code does not have.
 */
export async function retrieveEndpoint(endpoint: string | { readonly id: string }): Promise<EndpointObject> {
  const id = typeof endpoint === "string" ? endpoint : endpoint.id;
  return doorOf(currentSurroundings()).webhooks.retrieveEndpoint(id);
}
