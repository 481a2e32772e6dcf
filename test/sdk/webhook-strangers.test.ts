import { expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { Random } from "../support/random.ts";
import { RECEIVED_AT, verify, type Sent } from "../support/webhook-request.ts";

// Requests of nobody in particular, full of what the sources look at: all are refused, with a reason, and nothing is thrown.

const secret = { env: "SECRET" };
const timestamp = { header: "x-time" } as const;
const sources = [
  webhooks.discord({ secret }),
  webhooks.github({ secret }),
  webhooks.gitlab({ secret }),
  webhooks.linear({ secret }),
  webhooks.shopify({ secret }),
  webhooks.slack({ secret }),
  webhooks.square({ secret }),
  webhooks.standardWebhooks({ secret }),
  webhooks.stripe({ secret }),
  webhooks.svix({ secret }),
  webhooks.twilio({ secret }),
  webhooks.custom({ secret, hmac: { header: "x-sig", algorithm: "sha1", encoding: "base64", timestamp } }),
  webhooks.custom({ secret, ed25519: { header: "x-sig", encoding: "hex" } }),
  webhooks.custom({ secret, sharedSecret: { header: "x-sig" } }),
  webhooks.custom({ secret, sharedSecret: { query: "token" } }),
];

const NAMES = [
  ...new Set(sources.flatMap(({ credentials }) => credentials.headers)),
  ..."x-time x-slack-request-timestamp x-signature-timestamp webhook-timestamp svix-timestamp webhook-id svix-id".split(
    " ",
  ),
  ..."x-github-delivery idempotency-key linear-delivery x-shopify-webhook-id i-twilio-idempotency-token".split(" "),
];
const NOW = String(RECEIVED_AT / 1000);
const PIECES = [
  ...["", "=", ",", ", ", " ", ";", "é", "\u00ff", "\t", "null", "NaN", "-1", "{}", "[", '"', "%", "%zz", "%00"],
  ...["t=", `t=${NOW}`, "v1=", "v1,", "v1a,", "v0=", "sha256=", "sha1=", "whsec_", "whpk_", NOW, `${RECEIVED_AT}`],
  ...[
    "0".repeat(40),
    "0".repeat(64),
    "a".repeat(128),
    `${"A".repeat(43)}=`,
    `${"A".repeat(27)}=`,
    `${"A".repeat(86)}==`,
  ],
  ...["9".repeat(5000), "Bearer "],
];
const BODIES = [
  "",
  "{",
  "{}",
  "[]",
  "null",
  "0",
  '{"type":0}',
  '{"type":"url_verification","challenge":"c"}',
  "payload={}",
];
const TYPES = [
  "application/json",
  "application/x-www-form-urlencoded",
  "text/plain",
  "multipart/form-data; boundary=",
  ";",
];
/** None of them is made of the pieces above. */
const SECRETS = [
  "s3cret-of-nobody",
  `whsec_${"c2VjcmV0".repeat(4)}`,
  `whpk_${"A".repeat(43)}=`,
  "ab".repeat(32),
  "whsec_no base64",
  "ünknown",
];

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));

test(`500 random requests are refused by all sources (seed ${seed})`, async () => {
  const random = new Random(seed);
  const one = <Value>(values: readonly Value[]): Value => {
    const value = values[random.below(values.length)];
    if (value === undefined) throw new Error("There is nothing to take one of.");
    return value;
  };
  const several = (most: number): string => Array.from({ length: random.below(most + 1) }, () => one(PIECES)).join("");

  for (let i = 0; i < 500; i += 1) {
    const headers: Record<string, string> = { "content-type": one(TYPES) };
    for (const name of NAMES) {
      if (random.chance(0.7)) headers[name] = random.chance(0.5) ? one(PIECES) : several(4);
    }
    const body = random.chance(0.5) ? one(BODIES) : Uint8Array.from({ length: 20 }, () => random.below(256));
    const query = `?bodySHA256=${encodeURIComponent(several(1))}&token=${encodeURIComponent(several(2))}&${several(1)}`;
    const sent: Sent = { body, headers, url: `https://worker.example/webhooks/x${random.chance(0.5) ? query : ""}` };
    const secrets = Array.from({ length: random.below(3) }, () => one(SECRETS));
    for (const source of sources) {
      const verdict = await verify(source, sent, secrets);
      const told = `seed ${seed}, request ${i}, ${source.provider}: ${JSON.stringify({ sent, secrets, verdict })}`;
      expect(verdict.type, told).toBe("refused");
      if (verdict.type !== "refused") continue;
      expect(verdict.message.length, told).toBeLessThan(200);
      for (const each of secrets) if (each.length > 8) expect(verdict.message, told).not.toContain(each);
    }
  }
});
