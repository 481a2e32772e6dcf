import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const secret = { env: "SQUARE_SIGNATURE_KEY" };
const source = webhooks.square({ secret });
const url = "https://worker.example/webhooks/shop";
const body =
  '{"merchant_id":"M1","type":"payment.updated","event_id":"6a8f5f28-54a1","data":{"type":"payment","id":"p"}}';

function sign(key: string, _: number, text: string | Uint8Array): Sent {
  const signature = createHmac("sha256", key).update(url).update(text).digest("base64");
  return { body: text, url, headers: { "x-square-hmacsha256-signature": signature } };
}

describeForgeries({
  source,
  secret: "made up for tests",
  other: "made up as well",
  body,
  sign,
  header: "x-square-hmacsha256-signature",
  encoding: "base64",
});

const example = {
  body: '{"hello":"world"}',
  url: "https://example.com/webhook",
  headers: { "x-square-hmacsha256-signature": "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=" },
};

/** Of the page about validating notifications. */
test("the published example is genuine", async () => {
  expect(await verify(source, example, "asdf1234")).toEqual({ type: "event", event: { hello: "world" } });
});

test("a delivery is named by the id of its event", async () => {
  expect(await verify(source, sign("k", RECEIVED_AT, body), "k")).toMatchObject({ deliveryId: "6a8f5f28-54a1" });
});

test("another address is refused, to the letter", async () => {
  for (const other of [
    "https://example.com/webhook/",
    "http://example.com/webhook",
    "https://example.com/webhook?a=1",
  ]) {
    expect(await verify(source, { ...example, url: other }, "asdf1234"), other).toMatchObject({ type: "refused" });
  }
});

describe("notificationUrl", () => {
  test("is signed in place of the address of the request", async () => {
    const behindProxy = webhooks.square({ secret, notificationUrl: "https://example.com/webhook" });
    const inside = { ...example, url: "http://10.0.0.1:8787/webhooks/shop" };
    expect(await verify(behindProxy, inside, "asdf1234")).toMatchObject({ type: "event" });
    expect(await verify(source, inside, "asdf1234")).toMatchObject({ type: "refused" });
  });

  test.each(["", "example.com/webhook", "ftp://example.com", "https://"])("%j is refused", (notificationUrl) => {
    expect(() => webhooks.square({ secret, notificationUrl })).toThrow("notificationUrl of webhooks.square");
  });
});
