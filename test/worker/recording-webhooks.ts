import type { DeliveryItem, DeliveryObject, EndpointObject } from "../../sdk/lib/webhook-wire.ts";
import type { WebhookReception } from "../../worker/engine/webhook-reception.ts";

const TIME = new Date("2026-06-01T12:00:00.000Z");

const DELIVERY_ITEM: DeliveryItem = {
  ...{ id: "whd_1", endpoint: { id: "wh_orders", declaredId: "orders" }, status: "succeeded" },
  ...{ externalDeliveryId: "evt_1", isTest: false, createdAt: TIME, processedAt: TIME },
};

const DELIVERY: DeliveryObject = {
  ...DELIVERY_ITEM,
  ...{ idempotencyKey: "evt_1", event: { a: 1 }, headers: {}, rawBodyHash: "00", error: null, filterReason: null },
  ...{ targets: [], replayedFrom: null, replays: [], updatedAt: TIME },
};

const ENDPOINT: EndpointObject = {
  ...{ id: "wh_orders", declaredId: "orders", source: "custom", status: "active", secretProvisioning: "either" },
  ...{ secretSet: true, secrets: [{ env: "ORDERS_SECRET", isSet: true }], tenantId: null, externalRef: null },
  ...{ url: "https://runlet.test/webhooks/orders", createdAt: TIME, updatedAt: TIME, subscribers: [], setupPrompt: "" },
};

/** Webhooks that answer the same each time. */
export function recordingWebhooks(record: (...call: unknown[]) => void): WebhookReception {
  return {
    has: (endpoint) => endpoint === "orders",
    addressOf: (url) => new URL(url),
    receive: async (endpoint, request) => {
      record("webhooks.receive", endpoint, request);
      return { status: 202, body: "taken" };
    },
    listDeliveries: async (query) => {
      record("webhooks.listDeliveries", query);
      return { data: [DELIVERY_ITEM], pagination: { next: "older" } };
    },
    retrieveDelivery: async (id) => {
      record("webhooks.retrieveDelivery", id);
      return { ...DELIVERY, id };
    },
    replayDelivery: async (request) => {
      record("webhooks.replayDelivery", request);
      return { deliveryId: "whd_2", replayedFrom: request.id };
    },
    createWaiter: async (request) => {
      record("webhooks.createWaiter", request);
      return { id: "waitpoint_1" };
    },
    listEndpoints: async () => {
      record("webhooks.listEndpoints");
      return { data: [] };
    },
    retrieveEndpoint: async (id) => {
      record("webhooks.retrieveEndpoint", id);
      return { ...ENDPOINT, declaredId: id };
    },
  };
}
