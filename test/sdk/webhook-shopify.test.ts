import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.shopify({ secret: { env: "SHOPIFY_CLIENT_SECRET" } });
const body = '{"id":820982911946154500,"email":"ada@example.com"}';

function sign(key: string, _: number, text: string | Uint8Array, form = "x-shopify-"): Sent {
  const signature = createHmac("sha256", key).update(text).digest("base64");
  return { body: text, headers: { [`${form}hmac-sha256`]: signature, [`${form}webhook-id`]: "b54557e4-bdd9" } };
}

describeForgeries({
  source,
  secret: "shpss_madeUpForTests1",
  other: "shpss_madeUpForTests2",
  body,
  sign,
  header: "x-shopify-hmac-sha256",
  encoding: "base64",
});

/**
 * Worked out with another language's library: Shopify publishes no example. Its own library only verifies, and brings eight others
 * with it.
 */
test("a signature that was made elsewhere is genuine", async () => {
  const headers = { "x-shopify-hmac-sha256": "plW8VGqq0nDMIEhDqaNNW99asdUCy7EIqLZVcQwtAZ0=" };
  expect(await verify(source, { body: '{"id":1}', headers }, "shop-secret")).toEqual({
    type: "event",
    event: { id: 1 },
  });
});

test("headers of either form sign and name a delivery", async () => {
  for (const form of ["x-shopify-", "shopify-"]) {
    expect(await verify(source, sign("s", RECEIVED_AT, body, form), "s"), form).toMatchObject({
      type: "event",
      deliveryId: "b54557e4-bdd9",
    });
    expect(source.credentials.headers).toContain(`${form}hmac-sha256`);
  }
});

test("the header that is missed is that of most deliveries", async () => {
  expect(await verify(source, { body, headers: {} }, "s")).toEqual({
    type: "refused",
    fault: "signature_missing",
    message: "The header x-shopify-hmac-sha256 is missing.",
  });
});
