import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { fresh } from "./api.ts";
import { sendOrder } from "./webhook-calls.ts";

/** As much of the published client as is used here; it has these calls for its own tools, and no types for others. */
interface Client {
  listWebhookEndpoints(): Promise<{ readonly data: readonly Endpoint[] }>;
  retrieveWebhookEndpoint(id: string): Promise<Endpoint>;
  setWebhookEndpointSecret(id: string, body: object): Promise<unknown>;
  listWebhookDeliveries(query: object): Promise<{
    readonly data: readonly { readonly id: string; readonly createdAt: Date }[];
    readonly pagination: { readonly next?: string };
  }>;
  retrieveWebhookDelivery(id: string): Promise<{ readonly status: string; readonly createdAt: Date }>;
  replayWebhookDelivery(
    id: string,
    options?: { readonly targetId?: string },
  ): Promise<{ readonly deliveryId: string; readonly replayedFrom: string }>;
}

interface Endpoint {
  readonly id: string;
  readonly declaredId: string;
  readonly createdAt: Date;
}

let client: Client;

beforeAll(async () => {
  const path = join(import.meta.dirname, "../../node_modules/@trigger.dev/core/dist/esm/v3/apiClient/index.js");
  const { ApiClient } = (await import(pathToFileURL(path).href)) as {
    ApiClient: new (url: string, key: string) => Client;
  };
  const { url, key } = inject("platform");
  client = new ApiClient(url, key);
});

describe("the published client", () => {
  test("lists and shows endpoints, and is told where their secrets are set", async () => {
    const { data } = await client.listWebhookEndpoints();
    expect(data).toContainEqual(expect.objectContaining({ id: "wh_orders", declaredId: "orders", status: "active" }));
    const byBoth = await Promise.all(["orders", "wh_orders"].map((id) => client.retrieveWebhookEndpoint(id)));
    expect(byBoth[0]).toEqual(byBoth[1]);
    expect(byBoth[0]).toMatchObject({ subscribers: [{ taskId: "take-order" }, { taskId: "take-paid-order" }] });
    const refused = client.setWebhookEndpointSecret("orders", { secret: "new" });
    await expect(refused).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("npx wrangler secret put ORDERS_SECRET"),
    });
  });

  test("lists, shows and replays deliveries", async () => {
    const externalDeliveryId = fresh("delivery");
    const { id } = await sendOrder({ body: { type: "unwanted" }, deliveryId: externalDeliveryId });
    expect(await client.retrieveWebhookDelivery(id)).toMatchObject({
      ...{ id, externalDeliveryId, status: "filtered", createdAt: expect.any(Date), event: { type: "unwanted" } },
      targets: [{ id: "take-order", status: "filtered", sessionId: null, waiters: null }, { id: "take-paid-order" }],
    });
    const query = { endpoint: ["orders"], status: "filtered", period: "1h", from: new Date(0), limit: 100 };
    await expect
      .poll(async () => (await client.listWebhookDeliveries(query)).data.map((delivery) => delivery.id))
      .toContain(id);
    const { deliveryId, replayedFrom } = await client.replayWebhookDelivery(id, { targetId: "take-order" });
    expect(replayedFrom).toBe(id);
    expect(await client.retrieveWebhookDelivery(deliveryId)).toMatchObject({
      status: "succeeded",
      targets: [{ id: "take-order", status: "succeeded", runId: expect.stringMatching(/^run_/) }],
    });
  });
});
