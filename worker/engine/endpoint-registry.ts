import type { TaskDefinition, WebhookSubscription } from "../../sdk/lib/definition.ts";
import { RunletError } from "../../sdk/lib/errors.ts";
import type { WebhookEndpoint } from "../../sdk/lib/webhook-endpoint.ts";

/** A task that gets the events of an endpoint. */
export type Subscriber = { readonly task: string } & Pick<WebhookSubscription, "filter" | "filterText">;

/** An endpoint of this deployment, and who is subscribed to it. */
export interface KnownEndpoint {
  readonly endpoint: WebhookEndpoint;
  readonly subscribers: readonly Subscriber[];
}

interface Growing extends KnownEndpoint {
  readonly subscribers: Subscriber[];
}

const ID_PREFIX = "wh_";

/** The webhook endpoints of this deployment: those of its webhook tasks, and those that were given beside. */
export class EndpointRegistry {
  private readonly endpoints = new Map<string, Growing>();
  private hasWarned = false;

  /** Throws a `RunletError` when two endpoints have one id. */
  constructor(tasks: readonly TaskDefinition[], endpoints: readonly WebhookEndpoint[]) {
    endpoints.forEach((endpoint, index) => {
      if (typeof (endpoint as Partial<WebhookEndpoint> | undefined)?.source?.verify !== "function") {
        throw new RunletError(
          `endpoints[${index}] is not an endpoint. Give createWorker() what webhooks.endpoint.define() returned.`,
        );
      }
      this.add(endpoint);
    });
    for (const { id: task, subscription } of tasks) {
      if (subscription === undefined) continue;
      const { endpoint, ...how } = subscription;
      this.add(endpoint).subscribers.push({ task, ...how });
    }
  }

  get isEmpty(): boolean {
    return this.endpoints.size === 0;
  }

  get all(): readonly KnownEndpoint[] {
    return [...this.endpoints.values()];
  }

  /** By the id of the code, or by that of the API. */
  find(id: string): KnownEndpoint | undefined {
    return this.get(id) ?? this.get(parseEndpointId(id));
  }

  /** By the id of the code. */
  get(id: string): KnownEndpoint | undefined {
    return this.endpoints.get(id);
  }

  /** Says once which secrets are missing: their endpoints cannot tell what is genuine. */
  warnOfSecrets(env: object): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    const lacking = this.all.flatMap(({ endpoint: { id, source } }) => {
      const { set, missing } = readSecrets(source, env);
      if (missing.length === 0) return [];
      const what = set.length > 0 ? "tries its other secret only" : "refuses what is sent";
      return [`\n  /webhooks/${id} ${what}: ${missing.join(" and ")} is not set`];
    });
    if (lacking.length === 0) return;
    const how =
      "Secrets of webhooks are set in .dev.vars locally, and with `npx wrangler secret put` for a deployment:";
    console.warn(`runlet: ${how}${lacking.join("")}`);
  }

  private add(endpoint: WebhookEndpoint): Growing {
    const { id } = endpoint;
    const known = this.endpoints.get(id);
    if (known?.endpoint === endpoint) return known;
    if (known !== undefined) {
      throw new RunletError(
        `Two endpoints have the id "${id}". Define it once, and give what webhooks.endpoint.define() gave to each webhook() ` +
          "that gets its events.",
      );
    }
    const added = { endpoint, subscribers: [] };
    this.endpoints.set(id, added);
    return added;
  }
}

/** The values of the secrets that are set, and the names of those that are not. */
export function readSecrets({ secrets }: WebhookEndpoint["source"], env: object) {
  const values = secrets.map(({ env: name }) => ({ name, value: (env as Readonly<Record<string, unknown>>)[name] }));
  return {
    set: values.flatMap(({ value }) => (typeof value === "string" && value !== "" ? [value] : [])),
    missing: values.flatMap(({ name, value }) => (typeof value === "string" && value !== "" ? [] : [name])),
  };
}

/** The id by which the API knows an endpoint. */
export function formatEndpointId(id: string): string {
  return ID_PREFIX + id;
}

/** The id of the code, of that of the API. */
function parseEndpointId(id: string): string {
  return id.startsWith(ID_PREFIX) ? id.slice(ID_PREFIX.length) : id;
}
