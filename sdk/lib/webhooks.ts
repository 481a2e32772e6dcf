import { deliveries } from "./webhook-deliveries.ts";
import { listEndpoints, retrieveEndpoint } from "./webhook-endpoints.ts";
import { defineEndpoint } from "./webhook-endpoint.ts";
import { custom } from "./webhook-sources/custom.ts";
import { discord } from "./webhook-sources/discord.ts";
import { github } from "./webhook-sources/github.ts";
import { gitlab } from "./webhook-sources/gitlab.ts";
import { linear } from "./webhook-sources/linear.ts";
import { shopify } from "./webhook-sources/shopify.ts";
import { slack } from "./webhook-sources/slack.ts";
import { square } from "./webhook-sources/square.ts";
import { standardWebhooks } from "./webhook-sources/standard-webhooks.ts";
import { stripe } from "./webhook-sources/stripe.ts";
import { svix } from "./webhook-sources/svix.ts";
import { twilio } from "./webhook-sources/twilio.ts";

/**
 * Webhooks of others: who sends them, and where to. Each source takes the secret by the name of a variable of the Worker,
 * `webhooks.stripe({ secret: { env: "STRIPE_WEBHOOK_SECRET" } })`, or two of them in an array while one takes the place of the
 * other, and the type of its events as a parameter.
 */
export const webhooks = {
  custom,
  discord,
  github,
  gitlab,
  linear,
  shopify,
  slack,
  square,
  standardWebhooks,
  stripe,
  svix,
  twilio,
  endpoint: {
    define: defineEndpoint,
  },
  deliveries,
  endpoints: {
    list: listEndpoints,
    retrieve: retrieveEndpoint,
  },
};
