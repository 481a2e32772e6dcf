import { webhook, webhooks } from "../sdk/index.ts";

/** The secret of the endpoint, of which the bench signs what it sends. */
export const HOOKS_SECRET = "the secret of the bench";

/** The variables with which the platform of the bench is started. */
export const HOOKS_VARS = { HOOKS_SECRET };

const hooks = webhooks.endpoint.define({
  id: "hooks",
  source: webhooks.custom<{ readonly n: number }>({
    secret: { env: "HOOKS_SECRET" },
    hmac: { header: "x-signature", algorithm: "sha256", encoding: "hex" },
    deliveryId: { header: "x-delivery" },
  }),
});

/** What the deliveries of the bench start: a run that does nothing. */
export const hooked = webhook({ id: "hooked", endpoint: hooks, onEvent: async () => undefined });
