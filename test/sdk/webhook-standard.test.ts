import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.standardWebhooks({ secret: { env: "WEBHOOK_SECRET" } });
const secret = `whsec_${Buffer.from("made up for the tests, 1").toString("base64")}`;
const other = `whsec_${Buffer.from("made up for the tests, 2").toString("base64")}`;
const body = '{"type":"user.created","timestamp":"2031-05-06T07:08:09Z","data":{"id":7}}';

function v1(key: string, at: number, text: string | Uint8Array): string {
  const hmac = createHmac("sha256", Buffer.from(key.replace("whsec_", ""), "base64"));
  return hmac
    .update(`msg_1.${Math.floor(at / 1000)}.`)
    .update(text)
    .digest("base64");
}

function sent(signature: string, at: number, text: string | Uint8Array = body): Sent {
  const time = String(Math.floor(at / 1000));
  return {
    body: text,
    headers: { "webhook-id": "msg_1", "webhook-timestamp": time, "webhook-signature": signature },
  };
}

describeForgeries({
  source,
  secret,
  other,
  body,
  sign: (key, at, text) => sent(`v1,${v1(key, at, text)}`, at, text),
  header: "webhook-signature",
  prefix: "v1,",
  encoding: "base64",
  toleranceMs: 300_000,
  timestampHeader: "webhook-timestamp",
});

test("the published example is genuine", async () => {
  const example = {
    body: '{"test": 2432232314}',
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
  };
  for (const form of ["whsec_", "", "v1,whsec_"]) {
    const key = `${form}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`;
    expect(await verify(source, example, key, 1_614_265_330_000), form).toEqual({
      type: "event",
      event: { test: 2432232314 },
      deliveryId: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    });
  }
});

test("one of several signatures is enough, beside versions that are not known", async () => {
  const good = `v1,${v1(secret, RECEIVED_AT, body)}`;
  const bad = `v1,${v1(other, RECEIVED_AT, body)}`;
  for (const header of [`${bad} ${good}`, `${good} ${bad}`, `v1a,AAAA ${good} v2,${bad}`, `nonsense ${good}`]) {
    expect(await verify(source, sent(header, RECEIVED_AT), secret), header).toMatchObject({ type: "event" });
  }
  expect(await verify(source, sent(`${bad} v2${good.slice(2)}`, RECEIVED_AT), secret)).toMatchObject({
    type: "refused",
  });
});

test("the id is signed: another one, none, or two of them are refused", async () => {
  const signature = `v1,${v1(secret, RECEIVED_AT, body)}`;
  const { headers } = sent(signature, RECEIVED_AT);
  for (const id of ["msg_2", "msg_1, msg_1", "msg 1", ""]) {
    const changed = { body, headers: { ...headers, "webhook-id": id } };
    expect(await verify(source, changed, secret), id).toMatchObject({ type: "refused" });
  }
});

test("a secret that is no base64 fits nothing, and the message says so", async () => {
  const request = sent(`v1,${v1(secret, RECEIVED_AT, body)}`, RECEIVED_AT);
  expect(await verify(source, request, "whsec_not base64")).toMatchObject({
    fault: "signature_invalid",
    message: expect.stringContaining("not base64"),
  });
  expect(await verify(source, request, "whsec_")).toMatchObject({ fault: "signature_invalid" });
  expect(await verify(source, request, ["whsec_not base64", secret])).toMatchObject({ type: "event" });
});

test("signatures with a private key are checked with the public one", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
  const signed = Buffer.from(`msg_1.${RECEIVED_AT / 1000}.${body}`);
  const signature = signWith(null, signed, privateKey);
  const request = sent(`v1a,${signature.toString("base64")}`, RECEIVED_AT);
  expect(await verify(source, request, `whpk_${raw}`)).toMatchObject({ type: "event", deliveryId: "msg_1" });
  expect(await verify(source, request, [secret, `whpk_${raw}`])).toMatchObject({ type: "event" });
  // What everybody may know is no key to sign with.
  const withPublicKey = `v1,${v1(raw, RECEIVED_AT, body)}`;
  expect(await verify(source, sent(withPublicKey, RECEIVED_AT), `whpk_${raw}`)).toMatchObject({ type: "refused" });
  signature[5] = (signature[5] ?? 0) ^ 1;
  const forged = sent(`v1a,${signature.toString("base64")}`, RECEIVED_AT);
  expect(await verify(source, forged, `whpk_${raw}`)).toMatchObject({
    fault: "signature_invalid",
    message: "The header webhook-signature holds no signature of this delivery.",
  });
  // Each that is looked at costs a hash of the body.
  const item = request.headers["webhook-signature"] ?? "";
  const junk = Array.from({ length: 40 }, () => forged.headers["webhook-signature"] ?? "");
  for (const [place, type] of [
    [4, "event"],
    [5, "refused"],
  ] as const) {
    const header = junk.toSpliced(place, 0, `v1,${"A".repeat(43)}=`, item).join(" ");
    expect(await verify(source, sent(header, RECEIVED_AT), `whpk_${raw}`), String(place)).toMatchObject({ type });
  }
  expect(await verify(source, request, "whpk_AAAA")).toMatchObject({ fault: "signature_invalid" });
});
