import { logger, step, task, wait, webhook, webhooks } from "runlet";

interface Push {
  readonly ref: string;
  readonly after: string;
}

/** Where GitHub sends what happens to a repository: `POST /webhooks/repository`. */
const repository = webhooks.endpoint.define({
  id: "repository",
  source: webhooks.github<Push>({ secret: { env: "GITHUB_WEBHOOK_SECRET" } }),
});

/** Builds what is pushed to the main branch. GitHub has had its answer long before. */
export const buildSite = webhook({
  id: "build-site",
  endpoint: repository,
  filter: ({ event, headers }) => headers.get("x-github-event") === "push" && event.ref === "refs/heads/main",
  onEvent: async ({ event }) => {
    const build = await step.run("build", () => `${event.after.slice(0, 7)}-${crypto.randomUUID().slice(0, 8)}`);
    logger.info("built", { commit: event.after, build });
  },
});

/** Where Stripe sends what happens to charges. `waitWindow`: a task may wait for an event, too. */
const charges = webhooks.endpoint.define({
  id: "charges",
  source: webhooks.stripe({ secret: { env: "STRIPE_WEBHOOK_SECRET" } }),
  waitWindow: "10m",
});

/** Books each charge that succeeded. */
export const bookCharge = webhook({
  id: "book-charge",
  endpoint: charges,
  filter: ({ event }) => event.type === "charge.succeeded",
  onEvent: ({ event }) => logger.info("booked", { charge: event.data.object["id"] }),
});

/** Waits until Stripe says what became of a charge, which may be before or after the wait began. */
export const awaitCharge = task({
  id: "await-charge",
  run: async ({ charge }: { charge: string }) => {
    const result = await wait.forWebhook(charges, { match: { "data.object.id": charge }, timeout: "1h" });
    return result.ok ? result.output.event.type : "nothing was heard of it";
  },
});

interface OrderEvent {
  readonly type: "order.paid" | "order.cancelled";
  readonly order: string;
}

/** Where a shop of one's own sends what happens to its orders, signed with a secret that both know. */
const shop = webhooks.endpoint.define({
  id: "shop",
  source: webhooks.custom<OrderEvent>({
    secret: { env: "SHOP_WEBHOOK_SECRET" },
    hmac: { header: "x-shop-signature", algorithm: "sha256", encoding: "hex", prefix: "sha256=" },
    deliveryId: { header: "x-shop-delivery" },
  }),
});

/** Packs what was paid, and asks the customer for a review some time later. */
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
