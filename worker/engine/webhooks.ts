import type { CreateWaiterRequest, ReplayDeliveryRequest } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { WebhookRequest } from "../../sdk/lib/webhook-source.ts";
import type {
  DeliveryObject,
  DeliveryPage,
  EndpointItem,
  EndpointObject,
  ListDeliveriesQuery,
  ReplayedDelivery,
} from "../../sdk/lib/webhook-wire.ts";
import { DELIVERY_ROOT } from "../core/address.ts";
import { encodeGroup, formatId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import { createWaiter } from "./create-waiter.ts";
import type { PlannedTarget } from "./deliver.ts";
import { describeEndpoint, describeEndpointWhole } from "./describe-endpoint.ts";
import type { StoredDelivery } from "./describe-delivery.ts";
import { formatEndpointId, type EndpointRegistry, type KnownEndpoint } from "./endpoint-registry.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { notFound, placeOf } from "./place-of.ts";
import { planPastFilter, planTargets } from "./plan-targets.ts";
import { receiveWebhook, type WebhookAnswer } from "./receive-webhook.ts";
import { publicUrl } from "./public-url.ts";
import type { Registry } from "./registry.ts";
import { sha256 } from "./webhook-identity.ts";
import type { WebhookReception } from "./webhook-reception.ts";

/** Webhook endpoints and their deliveries from within the Worker. */
export class Webhooks implements WebhookReception {
  private readonly env: Env;
  private readonly registry: Registry;
  private readonly askedAt: string | undefined;

  /** `askedAt`: the URL with which this Worker was asked. */
  constructor(env: Env, registry: Registry, askedAt?: string) {
    this.env = env;
    this.registry = registry;
    this.askedAt = askedAt;
  }

  has(endpoint: string): boolean {
    return this.endpoints.get(endpoint) !== undefined;
  }

  addressOf(url: string): URL {
    const { pathname, search } = new URL(url);
    const { base } = this;
    return base === "" ? new URL(url) : new URL(base + pathname + search);
  }

  receive(endpoint: string, request: WebhookRequest): Promise<WebhookAnswer> {
    return receiveWebhook(this.env, this.registry, this.endpoints.get(endpoint) ?? endpointNotFound(endpoint), request);
  }

  listDeliveries(query: ListDeliveriesQuery): Promise<DeliveryPage> {
    return listDeliveries(this.env.RUN_INDEX, this.endpoints, query, Date.now());
  }

  async retrieveDelivery(id: string): Promise<DeliveryObject> {
    const { event, endpoint, ...delivery } = await this.read(id);
    const place = { id: formatEndpointId(endpoint), declaredId: endpoint };
    return { ...delivery, endpoint: place, event: JSON.parse(event) as unknown };
  }

  /** A request that is sent again finds the replay that the first one made. */
  async replayDelivery({ id, targetId, requestKey }: ReplayDeliveryRequest): Promise<ReplayedDelivery> {
    const { group, n: of } = placeOf("whd", id);
    const delivery = await this.read(id);
    const known = this.endpoints.get(delivery.endpoint);
    if (known === undefined) {
      const message = `The endpoint "${delivery.endpoint}" of this delivery is not in this deployment any more.`;
      throw new RunletApiError(422, "endpoint_not_declared", message);
    }
    const n = `${DELIVERY_ROOT}-${(await sha256(new TextEncoder().encode(requestKey))).slice(0, 32)}`;
    const { metadata, id: endpoint } = known.endpoint;
    const replay = {
      ...{ n, of, endpoint: { id: endpoint, ...(metadata === undefined ? {} : { metadata }) } },
      targets: this.planReplay(known, delivery, targetId),
    };
    const delivered = await callGroup(this.env, group, (stub) => stub.deliverAgain(replay));
    if (delivered === null) notFound("whd", id);
    return { deliveryId: formatId("whd", encodeGroup(group), n), replayedFrom: id };
  }

  async createWaiter(request: CreateWaiterRequest): Promise<{ id: string }> {
    return createWaiter(this.env, this.endpoints.get(request.endpoint) ?? endpointNotFound(request.endpoint), request);
  }

  async listEndpoints(): Promise<{ data: EndpointItem[] }> {
    return { data: this.endpoints.all.map((known) => describeEndpoint(known, this.env, this.base)) };
  }

  async retrieveEndpoint(id: string): Promise<EndpointObject> {
    return describeEndpointWhole(this.endpoints.find(id) ?? endpointNotFound(id), this.env, this.base);
  }

  private get endpoints(): EndpointRegistry {
    return this.registry.endpoints;
  }

  private get base(): string {
    return publicUrl(this.env, this.askedAt);
  }

  private async read(id: string): Promise<StoredDelivery> {
    const { group, n } = placeOf("whd", id);
    return (await callGroup(this.env, group, (stub) => stub.retrieveDelivery(n))) ?? notFound("whd", id);
  }

  private planReplay(
    { endpoint, subscribers }: KnownEndpoint,
    { event, headers }: StoredDelivery,
    targetId: string | undefined,
  ): PlannedTarget[] {
    if (targetId === undefined) return planTargets(this.registry, subscribers, JSON.parse(event), headers);
    if (subscribers.some(({ task }) => task === targetId)) return [planPastFilter(this.registry, targetId)];
    const message = `Nothing with the id "${targetId}" is subscribed to endpoint "${endpoint.id}".`;
    throw new RunletApiError(404, "subscriber_not_found", message);
  }
}

function endpointNotFound(id: string): never {
  throw new RunletApiError(404, "endpoint_not_found", `There is no webhook endpoint "${id}" in this deployment.`);
}
