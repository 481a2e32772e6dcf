import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.github({ secret: { env: "GITHUB_WEBHOOK_SECRET" } });
const body = '{"action":"opened","repository":{"id":1,"full_name":"ada/engine"}}';

function sign(key: string, _: number, text: string | Uint8Array): Sent {
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return {
    body: text,
    headers: { "x-hub-signature-256": `sha256=${signature}`, "x-github-delivery": "72d3162e-cc78" },
  };
}

describeForgeries({
  source,
  secret: "made up for tests",
  other: "made up as well",
  body,
  sign,
  header: "x-hub-signature-256",
  prefix: "sha256=",
  encoding: "hex",
});

/** The example of GitHub's page about validating deliveries. Its body is no JSON, which is found out after the signature. */
test("the published example is genuine", async () => {
  const secret = "It's a Secret to Everybody";
  const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const example = { body: "Hello, World!", headers: { "x-hub-signature-256": signature } };
  expect(await verify(source, example, secret)).toMatchObject({ fault: "body_malformed" });
  expect(await verify(source, { ...example, body: "Hello, World?" }, secret)).toMatchObject({
    fault: "signature_invalid",
  });
});

test("a delivery is named by its header, and one without has no name", async () => {
  const sent = sign("s", RECEIVED_AT, body);
  expect(await verify(source, sent, "s")).toEqual({
    type: "event",
    event: JSON.parse(body),
    deliveryId: "72d3162e-cc78",
  });
  const { "x-github-delivery": _, ...headers } = sent.headers;
  expect(await verify(source, { ...sent, headers }, "s")).toEqual({ type: "event", event: JSON.parse(body) });
});

test("a name that came twice or is none is refused", async () => {
  const sent = sign("s", RECEIVED_AT, body);
  for (const id of ["a, b", "a,b", "a b", "é", "x".repeat(257)]) {
    const headers = { ...sent.headers, "x-github-delivery": id };
    expect(await verify(source, { ...sent, headers }, "s"), id).toMatchObject({ type: "refused" });
  }
});

test("the event is found in a form", async () => {
  const form = `payload=${encodeURIComponent(body)}`;
  const asForm = (text: string): Sent => {
    const sent = sign("s", RECEIVED_AT, text);
    return {
      ...sent,
      headers: { ...sent.headers, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    };
  };
  expect(await verify(source, asForm(form), "s")).toMatchObject({ type: "event", event: JSON.parse(body) });
  for (const broken of ["", "payload=", "payload=5", "payload=%7B", `${form}&${form}`, "other=1"]) {
    expect(await verify(source, asForm(broken), "s"), broken).toMatchObject({ fault: "body_malformed" });
  }
});

test("the older signature alone is not enough", async () => {
  const sha1 = createHmac("sha1", "s").update(body).digest("hex");
  const older = { body, headers: { "x-hub-signature": `sha1=${sha1}` } };
  expect(await verify(source, older, "s")).toMatchObject({ fault: "signature_missing" });
  const misplaced = { body, headers: { "x-hub-signature-256": `sha1=${sha1}` } };
  expect(await verify(source, misplaced, "s")).toMatchObject({ fault: "signature_invalid" });
});
