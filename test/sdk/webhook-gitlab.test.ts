import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

const source = webhooks.gitlab({ secret: { env: "GITLAB_TOKEN" } });
const signing = `whsec_${Buffer.from("made up for the tests, 32 bytes!").toString("base64")}`;
const body = '{"object_kind":"push","project":{"id":15,"name":"Diaspora"}}';

function sign(key: string, at: number, text: string | Uint8Array): Sent {
  const time = String(Math.floor(at / 1000));
  const hmac = createHmac("sha256", Buffer.from(key.slice(6), "base64")).update(`f5e5f430-f57b.${time}.`);
  const signature = `v1,${hmac.update(text).digest("base64")}`;
  const id = { "webhook-id": "f5e5f430-f57b", "idempotency-key": "f5e5f430-f57b" };
  return { body: text, headers: { ...id, "webhook-timestamp": time, "webhook-signature": signature } };
}

// No example with its signature, nor a library of GitLab for it, was found. What it signs is what Standard Webhooks has, whose example is in the
// tests of that source.
describeForgeries({
  source,
  secret: signing,
  other: `whsec_${Buffer.from("made up for the tests, 32 bytes?").toString("base64")}`,
  body,
  sign,
  header: "webhook-signature",
  prefix: "v1,",
  encoding: "base64",
  toleranceMs: 300_000,
  timestampHeader: "webhook-timestamp",
});

describe("gitlab, secret token", () => {
  const ask = (token: string | undefined, secrets: string | readonly string[] = "t0ken", text = body) => {
    const headers: Record<string, string> = token === undefined ? {} : { "x-gitlab-token": token };
    return verify(source, { body: text, headers: { ...headers, "idempotency-key": "d1" } }, secrets);
  };

  test("the token is one of the secrets", async () => {
    expect(await ask("t0ken")).toEqual({ type: "event", event: JSON.parse(body), deliveryId: "d1" });
    expect(await ask("t0ken", ["new", "t0ken"])).toMatchObject({ type: "event" });
    expect(source.credentials.headers).toContain("x-gitlab-token");
  });

  test("another token, part of it, two of them, an empty one and none are refused", async () => {
    for (const token of ["t0ke", "t0kenn", "T0ken", "t0ken, t0ken", "é", "x".repeat(100_000)]) {
      expect(await ask(token), token).toMatchObject({ fault: "signature_invalid" });
    }
    expect(await ask("")).toMatchObject({ fault: "signature_missing" });
    expect(await ask(undefined)).toMatchObject({ fault: "signature_missing" });
    expect(await ask("", "")).toMatchObject({ type: "refused" });
  });

  test("a body that is no JSON object is refused", async () => {
    for (const text of ["", "{", "[]", "null", "5"]) {
      expect(await ask("t0ken", "t0ken", text), text).toMatchObject({ fault: "body_malformed" });
    }
  });
});

describe("gitlab, from a token to signatures", () => {
  test("either is enough while both are set", async () => {
    const token = { body, headers: { "x-gitlab-token": "t0ken" } };
    expect(await verify(source, token, ["t0ken", signing])).toMatchObject({ type: "event" });
    const signed = sign(signing, RECEIVED_AT, body);
    expect(await verify(source, signed, ["t0ken", signing])).toMatchObject({ deliveryId: "f5e5f430-f57b" });
    const both = { body, headers: { ...signed.headers, "x-gitlab-token": "old" } };
    expect(await verify(source, both, ["t0ken", signing])).toMatchObject({ type: "event" });
  });

  test("a signing token is no secret to send along", async () => {
    const told = { body, headers: { "x-gitlab-token": signing } };
    expect(await verify(source, told, signing)).toMatchObject({ fault: "signature_missing" });
    expect(await verify(source, told, ["t0ken", signing])).toMatchObject({ fault: "signature_invalid" });
  });
});
