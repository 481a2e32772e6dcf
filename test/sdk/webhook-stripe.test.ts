import { createHmac } from "node:crypto";
import { Stripe } from "stripe";
import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.stripe({ secret: { env: "STRIPE_WEBHOOK_SECRET" } });
const secret = "whsec_madeUpForTests000000000001";
const other = "whsec_madeUpForTests000000000002";
const body = '{"id":"evt_1Made","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1"}}}';

function v1(key: string, at: number, text: string | Uint8Array): string {
  return createHmac("sha256", key)
    .update(`${Math.floor(at / 1000)}.`)
    .update(text)
    .digest("hex");
}

/** Stripe's own library signs all texts. */
function sign(key: string, at: number, text: string | Uint8Array): Sent {
  const timestamp = Math.floor(at / 1000);
  const header =
    typeof text === "string"
      ? Stripe.webhooks.generateTestHeaderString({ payload: text, secret: key, timestamp })
      : `t=${timestamp},v1=${v1(key, at, text)}`;
  return { body: text, headers: { "stripe-signature": header } };
}

describeForgeries({
  source,
  secret,
  other,
  body,
  sign,
  header: "stripe-signature",
  prefix: /^t=\d+,v1=/,
  encoding: "hex",
  isList: true,
  toleranceMs: 300_000,
});

const signed = (signature: string): Sent => ({ body, headers: { "stripe-signature": signature } });
const time = `t=${RECEIVED_AT / 1000}`;
const good = v1(secret, RECEIVED_AT, body);
const bad = v1(other, RECEIVED_AT, body);

test("the id of the event names the delivery, and what it was signed with is no business of tasks", async () => {
  expect(await verify(source, sign(secret, RECEIVED_AT, body), secret)).toEqual({
    type: "event",
    event: JSON.parse(body),
    deliveryId: "evt_1Made",
  });
  expect(source.credentials).toEqual({ headers: ["stripe-signature"] });
});

test("Stripe's own library signs in either way as the tests here do, and takes what they send", async () => {
  const options = { payload: body, secret, timestamp: RECEIVED_AT / 1000 };
  expect(await Stripe.webhooks.generateTestHeaderStringAsync(options)).toBe(`${time},v1=${good}`);
  const takes =
    (header: string, text = body) =>
    () =>
      Stripe.webhooks.constructEvent(text, header, secret, 300, undefined, RECEIVED_AT);
  for (const header of [`${time},v1=${good}`, `${time},v1=${bad},v1=${good}`, `v1=${good},${time}`]) {
    expect(takes(header)(), header).toMatchObject({ id: "evt_1Made" });
  }
  expect(takes(`${time},v1=${bad}`)).toThrow("signature");
  expect(takes(`${time},v1=${good}`, body.replace("paid", "void"))).toThrow("signature");
});

test("one of several signatures is enough, in whatever order, beside items that are not known", async () => {
  for (const header of [
    `${time},v1=${bad},v1=${good}`,
    `${time},v1=${good},v1=${bad}`,
    `v1=${good},${time}`,
    `${time}, v1=${good}, v0=${bad}, new=1`,
    `${time},v1=nohex,v1=${good}`,
  ]) {
    expect(await verify(source, signed(header), secret), header).toMatchObject({ type: "event" });
  }
});

test("signatures of other versions count for nothing", async () => {
  for (const version of ["v0", "v2", "V1", ""]) {
    expect(await verify(source, signed(`${time},${version}=${good}`), secret)).toMatchObject({
      fault: "signature_missing",
    });
  }
});

test("a header with no time, or two, is refused", async () => {
  for (const header of [`v1=${good}`, `${time},${time},v1=${good}`, `t=,v1=${good}`, `t,v1=${good}`]) {
    expect(await verify(source, signed(header), secret), header).toMatchObject({ fault: "timestamp_invalid" });
  }
});

test("the tolerance can be set", async () => {
  const patient = webhooks.stripe({ secret: { env: "S" }, toleranceSeconds: 3600 });
  expect(await verify(patient, sign(secret, RECEIVED_AT - 3_600_000, body), secret)).toMatchObject({ type: "event" });
  expect(await verify(patient, sign(secret, RECEIVED_AT - 3_601_000, body), secret)).toMatchObject({ type: "refused" });
});

test("an event without an id of a usable form has no name", async () => {
  for (const id of ["", "x".repeat(257), 5.5, 2 ** 53, true, null]) {
    const nameless = JSON.stringify({ id, type: "invoice.paid" });
    const verdict = await verify(source, sign(secret, RECEIVED_AT, nameless), secret);
    const signed = new TextEncoder().encode(`${RECEIVED_AT / 1000}.${nameless}`);
    expect(verdict).toEqual({ type: "event", event: JSON.parse(nameless), signed });
  }
});
