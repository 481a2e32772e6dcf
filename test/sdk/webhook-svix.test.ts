import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.svix({ secret: { env: "SVIX_SECRET" } });
const secret = `whsec_${Buffer.from("made up for the tests, 1").toString("base64")}`;
const body = '{"type":"email.delivered","data":{"id":7}}';

function sign(key: string, at: number, text: string | Uint8Array, form = "svix"): Sent {
  const time = String(Math.floor(at / 1000));
  const signed = Buffer.concat([Buffer.from(`msg_1.${time}.`), Buffer.from(text)]);
  const signature = createHmac("sha256", Buffer.from(key.slice(6), "base64"))
    .update(signed)
    .digest("base64");
  const headers = { [`${form}-id`]: "msg_1", [`${form}-timestamp`]: time, [`${form}-signature`]: `v1,${signature}` };
  return { body: text, headers };
}

describeForgeries({
  source,
  secret,
  other: `whsec_${Buffer.from("made up for the tests, 2").toString("base64")}`,
  body,
  sign,
  header: "svix-signature",
  prefix: "v1,",
  encoding: "base64",
  toleranceMs: 300_000,
  timestampHeader: "svix-timestamp",
});

/** The example of the page about verifying by hand. */
test("the published example is genuine, under either name of the headers", async () => {
  for (const form of ["svix", "webhook"]) {
    const headers = {
      [`${form}-id`]: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      [`${form}-timestamp`]: "1614265330",
      [`${form}-signature`]: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const example = { body: '{"test": 2432232314}', headers };
    expect(await verify(source, example, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1_614_265_330_000)).toEqual({
      type: "event",
      event: { test: 2432232314 },
      deliveryId: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    });
  }
});

test("headers of both names are not mixed", async () => {
  const { headers } = sign(secret, RECEIVED_AT, body);
  const { "svix-id": id = "", ...others } = headers;
  const mixed = { body, headers: { ...others, "webhook-id": id } };
  expect(await verify(source, mixed, secret)).toMatchObject({ fault: "signature_missing" });
});
