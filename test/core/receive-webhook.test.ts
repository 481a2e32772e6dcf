import { describe, expect, test } from "vitest";
import { webhooks, type WebhookSource, type WebhookVerdict } from "../../sdk/index.ts";
import { receiveWebhook } from "../../worker/engine/receive-webhook.ts";
import { Registry } from "../../worker/engine/registry.ts";
import type { Env } from "../../worker/env.ts";

/** Where no object may be asked: its namespaces throw. */
const env = new Proxy(
  { SECRET: "s" },
  {
    get(variables, name) {
      if (name === "SECRET") return variables.SECRET;
      throw new Error(`${String(name)} was asked for`);
    },
  },
) as unknown as Env;

/** What comes of a request of which the source says this. */
function receive(verify: WebhookSource["verify"]) {
  const source: WebhookSource = {
    provider: "test",
    secrets: [{ env: "SECRET" }],
    credentials: { headers: [] },
    verify,
  };
  const endpoint = webhooks.endpoint.define({ id: "e", source });
  const request = { method: "POST", url: new URL("http://x/webhooks/e"), headers: new Headers(), receivedAt: 0 };
  return receiveWebhook(
    env,
    new Registry([], [], [endpoint]),
    { endpoint, subscribers: [] },
    { ...request, body: new TextEncoder().encode("body") },
  );
}

const event = (value: unknown) => receive(async () => ({ type: "event", event: value }));

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}

describe("without any object being asked", () => {
  test("a handshake is answered as the source says", async () => {
    const handshake: WebhookVerdict = { type: "handshake", status: 200, body: "challenge", headers: { "x-a": "1" } };
    expect(await receive(async () => handshake)).toEqual(handshake);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;

  test.each<[string, unknown]>([
    ["is nested too deeply", nested(1_001)],
    ["is nested far too deeply", nested(100_000)],
    ["goes in a circle", cyclic],
    ["holds what JSON does not know", { big: 1n }],
  ])("an event that %s is refused as malformed", async (_, value) => {
    await expect(event(value)).rejects.toMatchObject({ status: 400, code: "malformed_body", fault: "body_malformed" });
  });

  test("an event that is too large as JSON is refused", async () => {
    await expect(event("\u0001".repeat(1_100_000))).rejects.toMatchObject({ status: 413, code: "payload_too_large" });
  });

  test("a source that throws is a fault of this deployment, and what it threw is told to nobody", async () => {
    const thrower = () => {
      throw new TypeError("the secret is s3cret");
    };
    const failure = await receive(async () => thrower()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 500, code: "verification_failed", detail: "It threw a TypeError." });
    expect(JSON.stringify(failure) + String(failure)).not.toContain("s3cret");
  });

  test("what forgers are told says not what was wrong, the log does", async () => {
    const refused = (fault: "signature_missing" | "timestamp_invalid") =>
      receive(async () => ({ type: "refused", fault, message: `about ${fault}` })).catch((error: unknown) => error);
    const [missing, late] = [await refused("signature_missing"), await refused("timestamp_invalid")];
    expect(missing).toMatchObject({ status: 401, fault: "signature_missing", detail: "about signature_missing" });
    expect(late).toMatchObject({ status: 401, fault: "timestamp_invalid", message: (missing as Error).message });
  });
});

test("an event that may be kept asks the group of its delivery, and no other", async () => {
  await expect(event(nested(1_000))).rejects.toThrow("RUN_GROUP was asked for");
});
