import type { EndpointItem, EndpointObject } from "../../sdk/lib/webhook-wire.ts";
import { formatEndpointId, readSecrets, type KnownEndpoint } from "./endpoint-registry.ts";

/** Endpoints are in the code, which does not say since when. */
const UNKNOWN = new Date(0);

/** An endpoint as a list shows it. `base`: where this deployment is reached. */
export function describeEndpoint({ endpoint }: KnownEndpoint, env: object, base: string): EndpointItem {
  const { id, source, description } = endpoint;
  const { set, missing } = readSecrets(source, env);
  const isReady = set.length > 0 || missing.length === 0;
  return {
    id: formatEndpointId(id),
    declaredId: id,
    source: source.provider,
    ...(description === undefined ? {} : { description }),
    status: isReady ? "active" : "inactive",
    secretProvisioning: "either",
    secretSet: isReady,
    secrets: source.secrets.map(({ env: name }) => ({ env: name, isSet: !missing.includes(name) })),
    tenantId: null,
    externalRef: null,
    url: addressOf(id, base),
    createdAt: UNKNOWN,
    updatedAt: UNKNOWN,
  };
}

/** The endpoint with who is subscribed to it, and what to do at its provider. */
export function describeEndpointWhole(known: KnownEndpoint, env: object, base: string): EndpointObject {
  const { metadata, source } = known.endpoint;
  const item = describeEndpoint(known, env, base);
  const secrets = source.secrets.map(({ env: name }) => `npx wrangler secret put ${name}`);
  return {
    ...item,
    ...(metadata === undefined ? {} : { metadata }),
    subscribers: known.subscribers.map(({ task, filterText = null }) => ({
      ...{ id: task, type: "task", taskId: task, filter: filterText },
    })),
    setupPrompt:
      `Enter ${item.url} as the address for webhooks at ${source.provider}.` +
      (secrets.length === 0 ? "" : ` Set the secret: ${secrets.join(", ")}.`),
  };
}

/** Where an endpoint is reached. */
function addressOf(id: string, base: string): string {
  return `${base}/webhooks/${id.split("/").map(encodeURIComponent).join("/")}`;
}
