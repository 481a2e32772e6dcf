import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import { describe, expect, test } from "vitest";
import { webhooks, type CustomSourceOptions } from "../../sdk/index.ts";
import { describeForgeries } from "../support/forgeries.ts";
import { RECEIVED_AT, verify } from "../support/webhook-request.ts";

const secret = { env: "CUSTOM_SECRET" };
const body = '{"kind":"paid","id":7}';
const digest = (key: string | Buffer, text: string | Uint8Array, algorithm = "sha256") =>
  createHmac(algorithm, key).update(text);

describeForgeries({
  source: webhooks.custom({
    secret,
    hmac: { header: "X-Sig", algorithm: "sha256", encoding: "hex", prefix: "sha256=" },
  }),
  secret: "made up for tests",
  other: "made up as well",
  body,
  sign: (key, _, text) => ({
    body: text,
    headers: { "x-sig": `sha256=${digest(key, text).digest("hex")}`, "content-type": "application/json" },
  }),
  header: "x-sig",
  prefix: "sha256=",
  encoding: "hex",
});

describeForgeries({
  source: webhooks.custom({
    secret,
    hmac: {
      header: "X-Sig",
      algorithm: "sha512",
      encoding: "base64",
      timestamp: { header: "X-Time", unit: "ms", toleranceSeconds: 60 },
      signed: "v1:{timestamp}:{url}:{body}",
    },
  }),
  secret: "made up for tests",
  other: "made up as well",
  body,
  sign: (key, at, text) => {
    const before = `v1:${at}:https://worker.example/webhooks/test:`;
    const signature = digest(key, Buffer.concat([Buffer.from(before), Buffer.from(text)]), "sha512").digest("base64");
    return { body: text, headers: { "x-sig": signature, "x-time": String(at), "content-type": "application/json" } };
  },
  header: "x-sig",
  encoding: "base64",
  toleranceMs: 60_000,
  timestampHeader: "x-time",
});

const keys = ["a", "b"].map(() => generateKeyPairSync("ed25519"));
const publicKeys = keys.map(({ publicKey }) => publicKey.export({ format: "der", type: "spki" }).subarray(-32));
const [publicA = "", publicB = ""] = publicKeys.map((key) => key.toString("hex"));
const privateKeys = new Map([publicA, publicB].map((key, i) => [key, keys[i]?.privateKey]));

describeForgeries({
  source: webhooks.custom({ secret, ed25519: { header: "x-sig", encoding: "hex", timestamp: { header: "x-time" } } }),
  secret: publicA,
  other: publicB,
  body,
  sign: (key, at, text) => {
    const time = String(Math.floor(at / 1000));
    const privateKey = privateKeys.get(key);
    if (privateKey === undefined) throw new Error("No such key.");
    const signature = signWith(null, Buffer.concat([Buffer.from(`${time}.`), Buffer.from(text)]), privateKey);
    const headers = { "x-sig": signature.toString("hex"), "x-time": time, "content-type": "application/json" };
    return { body: text, headers };
  },
  header: "x-sig",
  encoding: "hex",
  toleranceMs: 300_000,
  timestampHeader: "x-time",
});

describe("custom, hmac", () => {
  test.each([
    ["hex", "00ff10"],
    ["base64", "AP8Q"],
  ] as const)("the key can be %s", async (key, text) => {
    const source = webhooks.custom({ secret, hmac: { header: "s", algorithm: "sha1", encoding: "hex", key } });
    const signature = digest(Buffer.from([0, 255, 16]), body, "sha1").digest("hex");
    expect(await verify(source, { body, headers: { s: signature } }, text)).toMatchObject({ type: "event" });
    expect(await verify(source, { body, headers: { s: signature } }, "no key!")).toMatchObject({ type: "refused" });
  });
});

test("what is signed is the same however its signature is written, and whatever else is sent along", async () => {
  const time = String(RECEIVED_AT / 1000);
  const hmac = { header: "s", algorithm: "sha256", encoding: "hex", timestamp: { header: "t" } } as const;
  const source = webhooks.custom({ secret, hmac, credentials: { headers: ["x-private"] } });
  const signature = digest("k", `${time}.${body}`).digest("hex");
  const ask = (headers: Record<string, string>) => verify(source, { body, headers: { t: time, ...headers } }, "k");
  const first = await ask({ s: signature });
  expect(first).toMatchObject({ type: "event", signed: new TextEncoder().encode(`${time}.${body}`) });
  expect(await ask({ s: signature.toUpperCase(), "x-private": "junk" })).toEqual(first);
});

test("a public key can be base64, and what is no key fits nothing", async () => {
  const source = webhooks.custom({ secret, ed25519: { header: "s", encoding: "base64" } });
  const [pair] = keys;
  if (pair === undefined) throw new Error("No key.");
  const request = { body, headers: { s: signWith(null, Buffer.from(body), pair.privateKey).toString("base64") } };
  expect(await verify(source, request, Buffer.from(publicA, "hex").toString("base64"))).toMatchObject({
    type: "event",
  });
  expect(await verify(source, request, ["00", publicA])).toMatchObject({ type: "event" });
  for (const none of ["", "00", "f".repeat(64), "nothing"]) {
    expect(await verify(source, request, none)).toMatchObject({ fault: "signature_invalid" });
  }
});

describe("custom, sharedSecret", () => {
  const inHeader = webhooks.custom({ secret, sharedSecret: { header: "Authorization", prefix: "Bearer " } });
  const inQuery = webhooks.custom({ secret, sharedSecret: { query: "Token" } });

  test("the header holds one of the secrets", async () => {
    const ask = (authorization: string, secrets: string | string[] = "s3cret") =>
      verify(inHeader, { body, headers: { authorization } }, secrets);
    expect(await ask("Bearer s3cret")).toMatchObject({ type: "event", event: { kind: "paid" } });
    expect(await ask("Bearer s3cret", ["new", "s3cret"])).toMatchObject({ type: "event" });
    expect(await ask("Bearer s3cret", ["s3cret", "new"])).toMatchObject({ type: "event" });
    expect(await ask("Xearer s3cret")).toMatchObject({ fault: "signature_invalid" });
    for (const wrong of [
      "s3cret",
      "Bearer s3cre",
      "Bearer s3cret2",
      "Bearer S3cret",
      "Bearer s3cret, Bearer s3cret",
      "Bearer",
    ]) {
      expect(await ask(wrong), wrong).toMatchObject({ fault: "signature_invalid" });
    }
    expect(await ask("Bearer ", "")).toMatchObject({ fault: "signature_invalid" });
    expect(await verify(inHeader, { body, headers: {} }, "s3cret")).toMatchObject({ fault: "signature_missing" });
    expect(inHeader.credentials).toEqual({ headers: ["authorization"] });
  });

  test("the query holds one of the secrets, once", async () => {
    const ask = (query: string) =>
      verify(inQuery, { body, headers: {}, url: `https://worker.example/webhooks/test${query}` }, "s3 cret");
    expect(await ask("?Token=s3%20cret&other=1")).toMatchObject({ type: "event" });
    for (const query of ["", "?token=s3%20cret", "?other=s3%20cret"]) {
      expect(await ask(query), query).toMatchObject({ fault: "signature_missing" });
    }
    for (const query of ["?Token=", "?Token=s3", "?Token=s3%20cret&Token=s3%20cret", "?Token=%ff"]) {
      expect(await ask(query), query).toMatchObject({ fault: "signature_invalid" });
    }
    expect(inQuery.credentials).toEqual({ headers: [] });
  });
});

describe("custom, verify", () => {
  const headers = { "x-event": "e1" };

  test("true is an event, false is not", async () => {
    const source = webhooks.custom({
      secret,
      deliveryId: { header: "X-Event" },
      verify: async (request, secrets) => secrets.includes(request.headers.get("x-key") ?? ""),
    });
    const request = { body, headers: { ...headers, "x-key": "k" } };
    expect(await verify(source, request, ["a", "k"])).toEqual({
      type: "event",
      event: JSON.parse(body),
      deliveryId: "e1",
    });
    expect(await verify(source, request, ["a"])).toMatchObject({ fault: "signature_invalid" });
  });

  test("a verdict is taken as it is", async () => {
    const handshake = { type: "handshake", status: 200, body: "hello" } as const;
    const source = webhooks.custom({ secret, verify: () => handshake });
    expect(await verify(source, { body, headers }, "s")).toBe(handshake);
  });

  test("what throws or answers something else refuses, and tells no secret", async () => {
    const throwing = webhooks.custom({
      secret,
      verify: (_, [first]) => {
        throw new TypeError(`leaks ${first}`);
      },
    });
    expect(await verify(throwing, { body, headers }, "s3cret")).toEqual({
      type: "refused",
      fault: "signature_invalid",
      message: "The function verify threw: TypeError.",
    });
    for (const answer of [undefined, null, "yes", 1, {}, { type: "maybe" }]) {
      const vague = untyped({ secret, verify: () => answer });
      expect(await verify(vague, { body, headers }, "s"), JSON.stringify(answer)).toMatchObject({ type: "refused" });
    }
  });
});

const untyped = webhooks.custom as (options: unknown) => ReturnType<typeof webhooks.custom>;
const hmac = { header: "s", algorithm: "sha256", encoding: "hex" };

test.each<[unknown, string]>([
  [undefined, "takes an object with secret"],
  [{ hmac }, 'must be { env: "NAME" }'],
  [{ secret: "whsec_1", hmac }, 'must be { env: "NAME" }'],
  [{ secret: [], hmac }, "one or two"],
  [{ secret: [secret, secret, secret], hmac }, "one or two"],
  [{ secret: { env: "a-b" }, hmac }, "name of a variable"],
  [{ secret: { env: "A", value: "x" }, hmac }, '"value"'],
  [{ secret, hmac, color: "red" }, '"color"'],
  [{ secret }, "takes one of hmac, ed25519, sharedSecret, verify"],
  [{ secret, hmac, verify: () => true }, "takes one of"],
  [{ secret, hmac: null }, "must be an object"],
  [{ secret, hmac: { ...hmac, salt: 1 } }, '"salt"'],
  [{ secret, hmac: { ...hmac, header: "a b" } }, "hmac.header must be the name of a header"],
  [{ secret, hmac: { ...hmac, algorithm: "md5" } }, "hmac.algorithm must be one of"],
  [{ secret, hmac: { ...hmac, encoding: "base32" } }, "hmac.encoding must be one of"],
  [{ secret, hmac: { ...hmac, key: "raw" } }, "hmac.key must be one of"],
  [{ secret, hmac: { ...hmac, prefix: "" } }, "hmac.prefix must be a string"],
  [{ secret, hmac: { ...hmac, signed: "{id}{body}" } }, "no {id}"],
  [{ secret, hmac: { ...hmac, signed: "{url}" } }, "must hold {body} once"],
  [{ secret, hmac: { ...hmac, signed: "{body}{body}" } }, "must hold {body} once"],
  [{ secret, hmac: { ...hmac, signed: "{timestamp}{body}" } }, "must hold {timestamp} if"],
  [{ secret, hmac: { ...hmac, timestamp: { header: "t" }, signed: "{body}" } }, "must hold {timestamp} if"],
  [{ secret, hmac: { ...hmac, timestamp: { header: "t", unit: "m" } } }, "timestamp.unit must be one of"],
  [{ secret, hmac: { ...hmac, timestamp: { header: "t", toleranceSeconds: 0 } } }, "from 1 to 86400"],
  [{ secret, ed25519: { header: "s" } }, "ed25519.encoding must be one of"],
  [{ secret, sharedSecret: {} }, "either header or query"],
  [{ secret, sharedSecret: { header: "a", query: "b" } }, "either header or query"],
  [{ secret, verify: "yes" }, "must be a function"],
  [{ secret, hmac, deliveryId: {} }, "deliveryId.field must be a string"],
  [{ secret, hmac, deliveryId: { header: "" } }, "deliveryId.header must be the name of a header"],
  [{ secret, hmac, credentials: { headers: "x" } }, "must be an array"],
  [{ secret, hmac, credentials: { query: ["x"] } }, '"query"'],
  [{ secret, hmac, accepted: { status: 302 } }, "from 200 to 299"],
])("%j is refused", (options, message) => {
  expect(() => untyped(options)).toThrow(expect.objectContaining({ name: "RunletError" }));
  expect(() => untyped(options)).toThrow(message);
});

test("further credentials and another answer are what the source says", () => {
  const options: CustomSourceOptions = {
    secret: [secret, { env: "CUSTOM_SECRET_NEXT" }],
    hmac: { header: "X-Sig", algorithm: "sha256", encoding: "hex" },
    credentials: { headers: ["Cookie"] },
    accepted: { status: 204 },
  };
  expect(webhooks.custom(options)).toMatchObject({
    provider: "custom",
    secrets: [secret, { env: "CUSTOM_SECRET_NEXT" }],
    credentials: { headers: ["x-sig", "cookie"] },
    accepted: { status: 204 },
  });
});
