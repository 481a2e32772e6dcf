import { LinearWebhookClient } from "@linear/sdk/webhooks";
import { createHmac } from "node:crypto";
import { expect, test, vi } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.linear({ secret: { env: "LINEAR_WEBHOOK_SECRET" } });
const secret = "lin_wh_madeUpForTests1";
const body = '{"action":"create","type":"Issue","data":{"id":"i1"},"webhookTimestamp":0}';

function sign(key: string, at: number, text: string | Uint8Array): Sent {
  const dated = typeof text === "string" ? text.replace('"webhookTimestamp":0', `"webhookTimestamp":${at}`) : text;
  const signature = createHmac("sha256", key).update(dated).digest("hex");
  return { body: dated, headers: { "linear-signature": signature, "linear-delivery": "234d1a4e-b617" } };
}

describeForgeries({
  source,
  secret,
  other: "lin_wh_madeUpForTests2",
  body,
  sign,
  header: "linear-signature",
  encoding: "hex",
  toleranceMs: 60_000,
});

/** Worked out with another language's library: Linear publishes no example. */
test("a signature that was made elsewhere is genuine, and what it signs has no time", async () => {
  const headers = { "linear-signature": "a655bc546aaad270cc204843a9a34d5bdf5ab1d502cbb108a8b655710c2d019d" };
  expect(await verify(source, { body: '{"id":1}', headers }, "shop-secret")).toMatchObject({
    fault: "timestamp_invalid",
  });
});

test("Linear's own library takes exactly what the tests here send", () => {
  vi.useFakeTimers({ now: RECEIVED_AT, toFake: ["Date"] });
  const takes = (at: number, change = (text: string) => text) => {
    const { body: text, headers } = sign(secret, at, body);
    return () =>
      new LinearWebhookClient(secret).verify(Buffer.from(change(String(text))), headers["linear-signature"] ?? "");
  };
  for (const distance of [-60_000, 0, 60_000]) expect(takes(RECEIVED_AT + distance)()).toBe(true);
  for (const distance of [-61_000, 61_000]) expect(takes(RECEIVED_AT + distance)).toThrow("timestamp");
  expect(takes(RECEIVED_AT, (text) => text.replace("create", "remove"))).toThrow("signature");
  vi.useRealTimers();
});

test("a delivery is named by its header", async () => {
  const verdict = await verify(source, sign(secret, RECEIVED_AT, body), secret);
  expect(verdict).toMatchObject({ type: "event", event: { type: "Issue" }, deliveryId: "234d1a4e-b617" });
});

test("a time that is no number is refused, and the header with it counts for nothing", async () => {
  for (const time of ["null", `"${RECEIVED_AT}"`, "-1", "1e400", "{}"]) {
    const sent = sign(secret, RECEIVED_AT, `{"webhookTimestamp":${time}}`);
    const headers = { ...sent.headers, "linear-timestamp": String(RECEIVED_AT) };
    expect(await verify(source, { ...sent, headers }, secret), time).toMatchObject({ fault: "timestamp_invalid" });
  }
});
