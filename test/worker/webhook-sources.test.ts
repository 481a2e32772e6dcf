import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { RECEIVED_AT, verify } from "../support/webhook-request.ts";

// What sources need of a runtime (hashes, signatures, encodings) is there in workerd, too.

const secret = { env: "SECRET" };

test("a published example of each algorithm is genuine in workerd", async () => {
  const square = {
    body: '{"hello":"world"}',
    url: "https://example.com/webhook",
    headers: { "x-square-hmacsha256-signature": "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=" },
  };
  expect(await verify(webhooks.square({ secret }), square, "asdf1234")).toMatchObject({ type: "event" });
  const twilio = {
    body: '{"property": "value", "boolean": true}',
    url: "https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
    headers: { "content-type": "application/json", "x-twilio-signature": "y77kIzt2vzLz71DgmJGsen2scGs=" },
  };
  expect(await verify(webhooks.twilio({ secret }), twilio, "12345")).toMatchObject({ event: { boolean: true } });
});

test("Ed25519 is checked in workerd", async () => {
  const keys = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in keys)) throw new Error("There must be a pair of keys.");
  const raw = await crypto.subtle.exportKey("raw", keys.publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new Error("There must be bytes.");
  const toHex = (bytes: ArrayBuffer) =>
    [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const time = String(RECEIVED_AT / 1000);
  const body = '{"version":1,"type":0}';
  const signature = await crypto.subtle.sign("Ed25519", keys.privateKey, new TextEncoder().encode(time + body));
  const source = webhooks.discord({ secret });
  const headers = { "x-signature-ed25519": toHex(signature), "x-signature-timestamp": time };
  expect(await verify(source, { body, headers }, toHex(raw))).toMatchObject({ type: "handshake", status: 204 });
  expect(await verify(source, { body: `${body} `, headers }, toHex(raw))).toMatchObject({ fault: "signature_invalid" });
  expect(await verify(source, { body, headers }, "f".repeat(64))).toMatchObject({ fault: "signature_invalid" });
});

test("what cannot be read is refused in workerd", async () => {
  const source = webhooks.custom({ secret, verify: () => true });
  const headers = { "content-type": "application/json" };
  for (const body of [Uint8Array.of(0xff, 0xfe), "{", "[".repeat(100_000)]) {
    expect(await verify(source, { body, headers }, "s")).toMatchObject({ fault: "body_malformed" });
  }
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  expect(await verify(source, { body: deep, headers }, "s")).toMatchObject({ fault: "body_malformed" });
});
