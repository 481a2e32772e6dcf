import { verifyKey } from "discord-interactions";
import { generateKeyPairSync, sign as signWith } from "node:crypto";
import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.discord({ secret: { env: "DISCORD_PUBLIC_KEY" } });
const body =
  '{"version":1,"application_id":"12","type":1,"event":{"type":"APPLICATION_AUTHORIZED","timestamp":"2031-05-06T07:08:09"}}';

const [one, two] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
const hex = ({ publicKey }: typeof one) =>
  publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");

function sign(key: string, at: number, text: string | Uint8Array): Sent {
  const { privateKey } = key === hex(one) ? one : two;
  const time = String(Math.floor(at / 1000));
  const signature = signWith(null, Buffer.concat([Buffer.from(time), Buffer.from(text)]), privateKey).toString("hex");
  return { body: text, headers: { "x-signature-ed25519": signature, "x-signature-timestamp": time } };
}

describeForgeries({
  source,
  secret: hex(one),
  other: hex(two),
  body,
  sign,
  header: "x-signature-ed25519",
  encoding: "hex",
  toleranceMs: 900_000,
  timestampHeader: "x-signature-timestamp",
});

test("Discord's own library takes exactly what the tests here send", async () => {
  const { headers } = sign(hex(one), RECEIVED_AT, body);
  const [signature = "", time = ""] = [headers["x-signature-ed25519"], headers["x-signature-timestamp"]];
  expect(await verifyKey(body, signature, time, hex(one))).toBe(true);
  expect(await verifyKey(body, signature, time, hex(two))).toBe(false);
  expect(await verifyKey(`${body} `, signature, time, hex(one))).toBe(false);
  expect(await verifyKey(body, signature, `${Number(time) + 1}`, hex(one))).toBe(false);
});

test("an event has no name, and is answered without a body", async () => {
  const request = sign(hex(one), RECEIVED_AT, body);
  const signed = new TextEncoder().encode(`${RECEIVED_AT / 1000}${body}`);
  expect(await verify(source, request, hex(one))).toEqual({ type: "event", event: JSON.parse(body), signed });
  expect(source.accepted).toEqual({ status: 204 });
});

test("a PING is answered, if it is signed", async () => {
  const ping = '{"version":1,"application_id":"12","type":0}';
  expect(await verify(source, sign(hex(one), RECEIVED_AT, ping), hex(one))).toEqual({
    type: "handshake",
    status: 204,
    headers: { "content-type": "application/json" },
  });
  // Discord sends forged ones, too, to see whether they are refused.
  const forged = sign(hex(two), RECEIVED_AT, ping);
  expect(await verify(source, forged, hex(one))).toMatchObject({ fault: "signature_invalid" });
});

test("an interaction is no event", async () => {
  const interaction = '{"type":2,"id":"1","token":"t","application_id":"12","version":1}';
  const verdict = await verify(source, sign(hex(one), RECEIVED_AT, interaction), hex(one));
  expect(verdict).toMatchObject({ fault: "body_malformed" });
});
