import { describe, expectTypeOf, test } from "vitest";
import {
  webhooks,
  type StripeEvent,
  type WebhookEndpoint,
  type WebhookEventOf,
  type WebhookSource,
} from "../../sdk/index.ts";

const secret = { env: "SECRET" };

describe("sources", () => {
  test("have the type of what every event of the provider has, or the one that is given", () => {
    expectTypeOf(webhooks.stripe({ secret })).toEqualTypeOf<WebhookSource<StripeEvent>>();
    expectTypeOf(webhooks.svix({ secret })).toEqualTypeOf<WebhookSource>();
    interface Paid {
      readonly type: "invoice.paid";
    }
    expectTypeOf(webhooks.stripe<Paid>({ secret })).toEqualTypeOf<WebhookSource<Paid>>();
  });

  test("take one secret or several, by name only", () => {
    webhooks.github({ secret: [secret, { env: "NEXT" }] });
    // @ts-expect-error A secret itself has no place in code.
    webhooks.github({ secret: "s3cret" });
    // @ts-expect-error GitHub says no time.
    webhooks.github({ secret, toleranceSeconds: 60 });
  });

  test("of one's own take one way to verify", () => {
    webhooks.custom({ secret, sharedSecret: { header: "x-token" } });
    // @ts-expect-error None is given.
    webhooks.custom({ secret });
    // @ts-expect-error There is no such algorithm.
    webhooks.custom({ secret, hmac: { header: "x-sig", algorithm: "md5", encoding: "hex" } });
  });
});

describe("endpoints", () => {
  test("have the type of the events of their source, and their id", () => {
    const payments = webhooks.endpoint.define({ id: "payments", source: webhooks.stripe({ secret }) });
    expectTypeOf(payments).toEqualTypeOf<WebhookEndpoint<"payments", StripeEvent>>();
    expectTypeOf<WebhookEventOf<typeof payments>>().toEqualTypeOf<StripeEvent>();
  });
});
