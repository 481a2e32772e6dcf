import { metadata, task, wait, webhook, webhooks, type WebhookFilterParameters } from "../../sdk/index.ts";

interface OrderEvent {
  readonly type: "created" | "paid" | "bad" | "unwanted";
  readonly id?: string;
  readonly total?: number;
}
interface PaidEvent extends OrderEvent {
  readonly type: "paid";
  readonly total: number;
}

const signed = (env: readonly string[]) =>
  webhooks.custom<OrderEvent>({
    secret: env.map((name) => ({ env: name })),
    hmac: { header: "x-orders-signature", algorithm: "sha256", encoding: "hex", prefix: "sha256=" },
    deliveryId: { header: "x-orders-delivery" },
  });

export const orders = webhooks.endpoint.define({
  id: "orders",
  source: signed(["ORDERS_SECRET", "ORDERS_OLD_SECRET"]),
  description: "Orders of a shop.",
  metadata: { shop: "north" },
});

/** Nothing is subscribed to it. */
export const lonely = webhooks.endpoint.define({ id: "lonely", source: signed(["ORDERS_SECRET"]) });

/** Its events can be waited for. */
export const payments = webhooks.endpoint.define({
  id: "payments",
  source: signed(["ORDERS_SECRET"]),
  waitWindow: "1m",
});

/** Waits for the payment of an order, and then for another one. */
export const awaitPayments = task({
  id: "await-payments",
  retry: { maxAttempts: 1 },
  run: async ({ order, timeout = "1h", times = 1 }: { order: string; timeout?: string; times?: number }) => {
    const given: string[] = [];
    for (let i = 0; i < times; i += 1) {
      const result = await wait.forWebhook(payments, { match: { id: order, type: "paid" }, timeout });
      given.push(result.ok ? `${result.output.deliveryId} ${result.output.event.total}` : result.error.name);
      if (result.ok && !(result.output.headers instanceof Headers)) throw new Error("these are no headers");
    }
    return given;
  },
});

/** Waits for the payment of an order, in two attempts. */
export const insistOnPayment = task({
  id: "insist-on-payment",
  retry: { maxAttempts: 2, minTimeoutInMs: 1 },
  run: async ({ order }: { order: string }) => {
    const { event } = await wait.forWebhook(payments, { match: { id: order }, timeout: "1s" }).unwrap();
    return event.total;
  },
});

/** Waits for several payments at once, one order a second time, and races one against a time. */
export const awaitMany = task({
  id: "await-many",
  retry: { maxAttempts: 1 },
  run: async ({ orders: ids }: { orders: readonly string[] }) => {
    const all = await Promise.all(ids.map((id) => wait.forWebhook(payments, { match: { id } }).unwrap()));
    const late = await Promise.race([
      wait.forWebhook(payments, { match: { id: "never" } }).then(() => "came"),
      wait.for({ seconds: 0.2 }).then(() => "nobody came"),
    ]);
    return { totals: all.map(({ event }) => event.total), late };
  },
});

/**
 * Waits for the payment of an order until something has come of it, first for a moment, then for long: with a wait for each time, or
 * with one for all.
 */
export const askForPayment = task({
  id: "ask-for-payment",
  retry: { maxAttempts: 1 },
  run: async ({ order, isOne = false }: { order: string; isOne?: boolean }) => {
    const begin = () => wait.forWebhook(payments, { match: { id: order } });
    const kept = isOne ? begin() : undefined;
    for (let round = 1; ; round += 1) {
      const late = wait.for({ seconds: round === 1 ? 0.2 : 3_600 }).then(() => undefined);
      const paid = await Promise.race([kept ?? begin(), late]);
      if (paid !== undefined) return paid.ok ? `${round} ${paid.output.event.total}` : paid.error.name;
      metadata.set("lost", round);
    }
  },
});

/** Waits where that cannot be. */
export const awaitOrder = task({
  id: "await-order",
  retry: { maxAttempts: 1 },
  run: async ({ match }: { match?: Record<string, never> }) => wait.forWebhook(match ? payments : orders, { match }),
});

const unset = webhooks.endpoint.define({ id: "unset", source: signed(["SECRET_THAT_IS_NOT_SET"]) });

/** Answers as it likes, takes requests that name no delivery. */
const bare = webhooks.endpoint.define({
  id: "bare",
  source: webhooks.custom({
    secret: { env: "ORDERS_SECRET" },
    sharedSecret: { header: "x-bare-token" },
    credentials: { headers: ["x-private"] },
    accepted: { status: 202, body: "thanks" },
  }),
});

const github = webhooks.endpoint.define({
  id: "github",
  source: webhooks.github({ secret: { env: "GITHUB_TEST_SECRET" } }),
});

const stripe = webhooks.endpoint.define({
  id: "stripe",
  source: webhooks.stripe({ secret: { env: "STRIPE_TEST_SECRET" } }),
});

const isPaid = (delivery: WebhookFilterParameters<OrderEvent>): delivery is WebhookFilterParameters<PaidEvent> => {
  if (delivery.event.type === "bad") throw new Error("this order is bad");
  return delivery.event.type === "paid";
};

/** Gets all but what is unwanted, and notes what it has got as its run's metadata. */
const takeOrder = webhook({
  id: "take-order",
  endpoint: orders,
  filter: ({ event }) => event.type !== "unwanted",
  onEvent: noteDelivery,
});

const takePaidOrder = webhook({
  id: "take-paid-order",
  endpoint: orders,
  filter: isPaid,
  onEvent: async ({ event, headers, endpoint }) => {
    await wait.for({ seconds: 0.2 });
    await noteDelivery({ event: { ...event, total: event.total.toFixed(2) }, headers, ...(endpoint && { endpoint }) });
  },
});

const takeUnset = webhook({ id: "take-unset", endpoint: unset, onEvent: noteDelivery });
const takeBare = webhook({ id: "take-bare", endpoint: bare, onEvent: noteDelivery });
const takePush = webhook({
  id: "take-push",
  endpoint: github,
  filter: ({ headers }) => headers.get("x-github-event") === "push",
  onEvent: noteDelivery,
});
const takeCharge = webhook({ id: "take-charge", endpoint: stripe, onEvent: noteDelivery });

export const webhookTasks = [
  takeOrder,
  takePaidOrder,
  takeUnset,
  takeBare,
  takePush,
  takeCharge,
  awaitPayments,
  insistOnPayment,
  awaitMany,
  askForPayment,
  awaitOrder,
];

async function noteDelivery({
  event,
  headers,
  endpoint,
}: {
  readonly event: unknown;
  readonly headers: Headers;
  readonly endpoint?: object;
}): Promise<void> {
  metadata.set("headers", [...headers.keys()]).set("endpoint", JSON.stringify(endpoint ?? null));
  const text = JSON.stringify(event);
  metadata.set("event", text.length > 1_000 ? text.length : text);
}
