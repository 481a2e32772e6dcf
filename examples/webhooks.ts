import { logger, step, wait, webhook, webhooks } from "runlet";

interface OrderEvent {
  readonly type: "order.paid" | "order.cancelled";
  readonly order: string;
}

/** Where a shop sends what happens to its orders: `POST /webhooks/shop`, signed with a secret that both know. */
export const shop = webhooks.endpoint.define({
  id: "shop",
  source: webhooks.custom<OrderEvent>({
    secret: { env: "SHOP_WEBHOOK_SECRET" },
    hmac: { header: "x-shop-signature", algorithm: "sha256", encoding: "hex", prefix: "sha256=" },
    deliveryId: { header: "x-shop-delivery" },
  }),
});

/** Packs what was paid, and asks the customer for a review some time later. The shop has had its answer long before. */
export const packOrder = webhook({
  id: "pack-order",
  endpoint: shop,
  filter: ({ event }) => event.type === "order.paid",
  onEvent: async ({ event }) => {
    const label = await step.run("print the label", () => `${event.order}-${crypto.randomUUID().slice(0, 8)}`);
    logger.info("packed", { order: event.order, label });
    await wait.for({ seconds: 0.2 });
    logger.info("asked for a review", { order: event.order });
  },
});
