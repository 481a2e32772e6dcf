import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify } from "../support/webhook-request.ts";

const secret = { env: "TWILIO_AUTH_TOKEN" };
const source = webhooks.twilio({ secret });
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const url = "https://worker.example/webhooks/sms";

describeForgeries({
  source,
  secret: "made up for tests",
  other: "made up as well",
  body: "MessageSid=SM1&Body=hello&From=123",
  // Sorted: Body, From, MessageSid. What a test puts in the place of the body is signed like a form without fields.
  sign: (key, _, text) => {
    const signature = createHmac("sha1", key).update(`${url}BodyhelloFrom123MessageSidSM1`).digest("base64");
    return {
      body: text,
      url,
      headers: { ...FORM, "x-twilio-signature": signature, "i-twilio-idempotency-token": "d1" },
    };
  },
  header: "x-twilio-signature",
  encoding: "base64",
  takesAnyBody: true,
});

/** Of the page about secure webhooks, and of the tests of Twilio's own libraries. The token is "12345". */
describe("published examples", () => {
  const address = "https://mycompany.com/myapp.php?foo=1&bar=2";
  const form = "To=%2B18005551212&Digits=1234&CallSid=CA1234567890ABCDE&From=%2B12349013030&Caller=%2B12349013030";
  const ask = (body: string, signature: string, asked: string, headers: Record<string, string> = FORM) =>
    verify(source, { body, url: asked, headers: { ...headers, "x-twilio-signature": signature } }, "12345");

  test("a form, in whatever order", async () => {
    const fields = { Digits: "1234", From: "+12349013030", To: "+18005551212" };
    const ordered = form.split("&").sort().join("&");
    const verdicts = [];
    for (const body of [form, ordered]) verdicts.push(await ask(body, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", address));
    expect(verdicts[0]).toMatchObject({ type: "event", event: fields, signed: expect.any(Uint8Array) });
    // It makes no other delivery of it.
    expect(verdicts[1]).toEqual(verdicts[0]);
    const elsewhere = address.replace("bar=2", "bar=3");
    expect(await ask(form, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", elsewhere)).toMatchObject({ fault: "signature_invalid" });
  });

  test("the port may be signed or not, whether it is there or not", async () => {
    const withPort = address.replace(".com", ".com:443");
    for (const asked of [address, withPort, address.replace(".com", ".com:1234")]) {
      expect(await ask(form, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", asked), asked).toMatchObject({ type: "event" });
    }
    const call = form.replaceAll("12349013030", "14158675309");
    for (const asked of [address, withPort]) {
      expect(await ask(call, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", asked), asked).toMatchObject({ type: "event" });
      expect(await ask(call, "kvajT1Ptam85bY51eRf/AJRuM3w=", asked), asked).toMatchObject({ type: "event" });
    }
  });

  test("fields that occur twice", async () => {
    const body = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    expect(await ask(body, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", address)).toMatchObject({
      type: "event",
      event: { Digits: ["5678", "1234", "1234"] },
    });
  });

  const json = '{"property": "value", "boolean": true}';
  const hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
  const JSON_TYPE = { "content-type": "application/json" };

  test("JSON whose hash is in the address", async () => {
    const hashed = `${address}&bodySHA256=${hash}`;
    expect(await ask(json, "a9nBmqA0ju/hNViExpshrM61xv4=", hashed, JSON_TYPE)).toEqual({
      type: "event",
      signed: new TextEncoder().encode(hashed),
      event: { property: "value", boolean: true },
    });
    const alone = `https://mycompany.com/myapp.php?bodySHA256=${hash}`;
    expect(await ask(json, "y77kIzt2vzLz71DgmJGsen2scGs=", alone, JSON_TYPE)).toMatchObject({ type: "event" });
    for (const changed of [`${json} `, json.replace("value", "valuf"), "", "property=value"]) {
      const verdict = await ask(changed, "a9nBmqA0ju/hNViExpshrM61xv4=", hashed, JSON_TYPE);
      expect(verdict, changed).toMatchObject({ fault: "signature_invalid" });
    }
  });

  test("JSON without a hash is not signed, whatever else is", async () => {
    const bare = createHmac("sha1", "12345").update(address).digest("base64");
    expect(await ask(json, bare, address, JSON_TYPE)).toMatchObject({ fault: "signature_missing" });
    expect(await ask(json, bare, address, {})).toMatchObject({ fault: "signature_missing" });
    expect(await ask("", bare, address, {})).toMatchObject({ type: "event", event: {} });
  });

  test("a hash that is none, or there twice, fits nothing", async () => {
    const real = createHash("sha256").update(json).digest("hex");
    for (const query of ["bodySHA256=", `bodySHA256=${real}&bodySHA256=${real}`, "bodySHA256=zz", "bodySHA256=00"]) {
      const asked = `https://mycompany.com/myapp.php?${query}`;
      const signature = createHmac("sha1", "12345").update(asked).digest("base64");
      expect(await ask(json, signature, asked, JSON_TYPE), query).toMatchObject({ fault: "signature_invalid" });
    }
  });
});

test("a delivery is named by its header, and answered without a body", async () => {
  const signature = createHmac("sha1", "t").update(`${url}A1`).digest("base64");
  const headers = { ...FORM, "x-twilio-signature": signature, "i-twilio-idempotency-token": "d1" };
  const sent = { body: "A=1", url, headers };
  expect(await verify(source, sent, "t", RECEIVED_AT)).toEqual({ type: "event", event: { A: "1" }, deliveryId: "d1" });
  expect(source.accepted).toEqual({ status: 204 });
});

describe("url", () => {
  test("is signed in place of the address of the request, with its query", async () => {
    const behindProxy = webhooks.twilio({ secret, url: "https://example.com/sms" });
    const signature = createHmac("sha1", "t").update("https://example.com/sms?a=1A1").digest("base64");
    const inside = "http://10.0.0.1:8787/webhooks/sms?a=1";
    const sent = { body: "A=1", url: inside, headers: { ...FORM, "x-twilio-signature": signature } };
    expect(await verify(behindProxy, sent, "t")).toMatchObject({ type: "event" });
    expect(await verify(source, sent, "t")).toMatchObject({ type: "refused" });
  });

  test("that is none is refused", () => {
    expect(() => webhooks.twilio({ secret, url: "example.com" })).toThrow("url of webhooks.twilio");
  });
});
