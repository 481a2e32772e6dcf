import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.slack({ secret: { env: "SLACK_SIGNING_SECRET" } });
const secret = "0123456789abcdef0123456789abcdef";
const body = '{"token":"old","type":"event_callback","event_id":"Ev1","event":{"type":"message","text":"hi"}}';
const FORM = { "content-type": "application/x-www-form-urlencoded" };

function sign(key: string, at: number, text: string | Uint8Array, more: Record<string, string> = {}): Sent {
  const time = String(Math.floor(at / 1000));
  const signature = createHmac("sha256", key).update(`v0:${time}:`).update(text).digest("hex");
  return {
    body: text,
    headers: { "x-slack-signature": `v0=${signature}`, "x-slack-request-timestamp": time, ...more },
  };
}

describeForgeries({
  source,
  secret,
  other: "fedcba9876543210fedcba9876543210",
  body,
  sign,
  header: "x-slack-signature",
  prefix: "v0=",
  encoding: "hex",
  toleranceMs: 300_000,
  timestampHeader: "x-slack-request-timestamp",
});

/** The slash command of the page about verifying requests. */
test("the published example is genuine", async () => {
  const text =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const headers = {
    ...FORM,
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  const verdict = await verify(source, { body: text, headers }, "8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618_000);
  expect(verdict).toMatchObject({ type: "event", event: { command: "/webhook-collect", user_name: "roadrunner" } });
  expect(JSON.stringify(verdict)).not.toContain("xyzz0WbapA4vBCDEFasx0q6G");
});

test("an event is named by its id, which a repeated one has, too, and shows no token", async () => {
  const again = sign(secret, RECEIVED_AT, body, { "x-slack-retry-num": "1" });
  expect(await verify(source, again, secret)).toEqual({
    type: "event",
    event: { type: "event_callback", event_id: "Ev1", event: { type: "message", text: "hi" } },
    deliveryId: "Ev1",
  });
});

test("an interaction is found in its form", async () => {
  const payload = encodeURIComponent('{"type":"block_actions","trigger_id":"1.2"}');
  expect(await verify(source, sign(secret, RECEIVED_AT, `payload=${payload}`, FORM), secret)).toEqual({
    type: "event",
    event: { type: "block_actions", trigger_id: "1.2" },
    signed: new TextEncoder().encode(`v0:${RECEIVED_AT / 1000}:payload=${payload}`),
  });
  const broken = sign(secret, RECEIVED_AT, "payload=%7B", FORM);
  expect(await verify(source, broken, secret)).toMatchObject({ fault: "body_malformed" });
});

test("the check of the address is answered with its challenge, if it is signed", async () => {
  const check = '{"token":"old","challenge":"3eZbrw1a","type":"url_verification"}';
  expect(await verify(source, sign(secret, RECEIVED_AT, check), secret)).toEqual({
    type: "handshake",
    status: 200,
    body: "3eZbrw1a",
    headers: { "content-type": "text/plain" },
  });
  expect(await verify(source, { body: check, headers: {} }, secret)).toMatchObject({ fault: "signature_missing" });
  const odd = sign(secret, RECEIVED_AT, '{"type":"url_verification","challenge":{}}');
  expect(await verify(source, odd, secret)).toMatchObject({ type: "event" });
});

test("the check of the certificate is answered", async () => {
  const check = sign(secret, RECEIVED_AT, "ssl_check=1&token=old", FORM);
  expect(await verify(source, check, secret)).toEqual({ type: "handshake", status: 200 });
});
