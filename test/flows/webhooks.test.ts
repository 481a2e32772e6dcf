import { Stripe } from "stripe";
import { beforeAll, describe, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { signOrder, hmacHex } from "../support/signed-webhook.ts";
import { WEBHOOK_SECRETS } from "../support/webhook-secrets.ts";
import { connect, finish, fresh } from "./api.ts";
import { forEachSeed, Random } from "../support/random.ts";
import { listed, post, postRaw, sendOrder, show } from "./webhook-calls.ts";

beforeAll(connect);

const metadataOf = async (run: string) => (await finish(run)).metadata ?? {};

describe("a delivery", () => {
  test("makes a run for each subscriber whose filter lets it through", async () => {
    const { id, status } = await sendOrder({ body: { type: "paid", total: 12.5 } });
    const shown = await show(id);
    expect([status, shown.status]).toEqual(["succeeded", "succeeded"]);
    expect(shown.targets).toMatchObject([
      { id: "take-order", type: "task", status: "succeeded" },
      { id: "take-paid-order", type: "task", status: "succeeded" },
    ]);
    const [order, paid] = shown.targets.map(({ runId }) => runId);
    expect(await metadataOf(order ?? "")).toMatchObject({ event: '{"type":"paid","total":12.5}' });
    expect(await metadataOf(paid ?? "")).toMatchObject({ event: '{"type":"paid","total":"12.50"}' });
  });

  test("is shown with its event, its headers without credentials, and its endpoint", async () => {
    const deliveryId = fresh("delivery");
    const headers = { cookie: "a=b", authorization: "Bearer x", "x-other": "seen" };
    const { id } = await sendOrder({ body: { type: "created" }, deliveryId, headers });
    const shown = await show(id);
    expect(shown).toMatchObject({
      ...{ id, externalDeliveryId: deliveryId, idempotencyKey: deliveryId, isTest: false, event: { type: "created" } },
      endpoint: { id: "wh_orders", declaredId: "orders" },
      ...{ error: null, filterReason: null, replayedFrom: null, replays: [] },
    });
    expect(shown.rawBodyHash).toMatch(/^[0-9a-f]{64}$/);
    expect(shown.headers).toMatchObject({ "x-other": "seen", "x-orders-delivery": deliveryId });
    const names = Object.keys(shown.headers);
    for (const name of ["cookie", "authorization", "x-orders-signature"]) expect(names).not.toContain(name);
    const [run] = shown.targets.map(({ runId }) => runId);
    const seen = await metadataOf(run ?? "");
    expect(seen).toMatchObject({ headers: names, endpoint: '{"id":"orders","metadata":{"shop":"north"}}' });
  });

  test("is signed with either of two secrets", async () => {
    const secret = WEBHOOK_SECRETS.ORDERS_OLD_SECRET;
    expect(await sendOrder({ body: { type: "created" }, secret })).toMatchObject({ status: "succeeded" });
  });

  test("is answered as its source says, and known by what was sent where it has no name", async () => {
    const [token, mark] = [WEBHOOK_SECRETS.ORDERS_SECRET, fresh("mark")];
    const headers = { "x-bare-token": token, "x-private": "p", "content-type": "text/plain" };
    const more = ["p", "q"].map((word) => ({ ...headers, "x-private": word }));
    const answers = await Promise.all(more.map((sent) => post("bare", { body: mark, headers: sent })));
    for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([202, "thanks"]);
    const found = await listed((item) => item.externalDeliveryId.startsWith("sha256:"), { endpoint: "bare" });
    const shown = await Promise.all(found.map(({ id }) => show(id)));
    const mine = shown.filter(({ event }) => event === mark);
    expect(mine).toMatchObject([{ status: "succeeded", targets: [{ id: "take-bare" }] }]);
    expect(mine[0]?.headers).not.toHaveProperty("x-private");
    expect(mine[0]?.headers).not.toHaveProperty("x-bare-token");
  });

  test.each<[string, string, BodyInit, unknown]>([
    ["a form", "application/x-www-form-urlencoded", "a=1&b=two+words&a=3", { a: ["1", "3"], b: "two words" }],
    ["JSON of a type of its own", "application/cloudevents+json", '{"x":[1]}', { x: [1] }],
    ["bytes", "application/octet-stream", new Uint8Array([0, 255, 254]), { base64: "AP/+" }],
    ["text", "text/plain", "héllo", "héllo"],
    ["nothing", "text/plain", "", ""],
  ])("may have a body that is %s", async (_, type, body, event) => {
    const headers = { "x-bare-token": WEBHOOK_SECRETS.ORDERS_SECRET, "content-type": type, "x-timestamp": fresh("t") };
    expect((await post("bare", { body, headers })).status).toBe(202);
    const mine = await listed(async ({ id }) => (await show(id)).headers["x-timestamp"] === headers["x-timestamp"], {
      endpoint: "bare",
    });
    expect(await show(mine[0]?.id ?? "")).toMatchObject({ event });
  });

  test("of 3 MiB reaches its task whole, a byte more is refused", async () => {
    const frame = JSON.stringify({ type: "created", text: "" });
    const largest = JSON.stringify({ type: "created", text: "x".repeat(3 * 1024 * 1024 - frame.length) });
    const { id } = await sendOrder({ body: largest });
    const shown = await show(id);
    expect(JSON.stringify(shown.event)).toBe(largest);
    expect(await metadataOf(shown.targets[0]?.runId ?? "")).toMatchObject({ event: largest.length });
    const larger = await post("orders", await signOrder({ body: `${largest} ` }));
    expect([larger.status, await larger.json()]).toMatchObject([413, { code: "payload_too_large" }]);
  });

  test("of GitHub and of Stripe is verified as those sign it", async () => {
    const push = JSON.stringify({ ref: "refs/heads/main" });
    const github = await post("github", {
      body: push,
      headers: {
        ...{ "content-type": "application/json", "x-github-event": "push", "x-github-delivery": fresh("push") },
        "x-hub-signature-256": `sha256=${await hmacHex(WEBHOOK_SECRETS.GITHUB_TEST_SECRET, push)}`,
      },
    });
    expect([github.status, await github.json()]).toMatchObject([200, { status: "succeeded" }]);
    const charge = JSON.stringify({ id: fresh("evt"), object: "event", type: "charge.failed", data: { object: {} } });
    const signing = { payload: charge, secret: WEBHOOK_SECRETS.STRIPE_TEST_SECRET };
    const signature = Stripe.webhooks.generateTestHeaderString(signing);
    const headers = { "content-type": "application/json", "stripe-signature": signature };
    const stripe = await post("stripe", { body: charge, headers });
    expect([stripe.status, await stripe.json()]).toMatchObject([200, { status: "succeeded" }]);
  });
});

test("the example packs what was paid, once", async () => {
  const body = JSON.stringify({ type: "order.paid", order: "A-1001" });
  const signature = `sha256=${await hmacHex(WEBHOOK_SECRETS.SHOP_WEBHOOK_SECRET, body)}`;
  const headers = { "content-type": "application/json", "x-shop-signature": signature, "x-shop-delivery": fresh("d") };
  const [first, second] = await Promise.all([1, 2].map(() => post("shop", { body, headers })));
  const ids = await Promise.all([first, second].map(async (answer) => (await answer?.json<{ id: string }>())?.id));
  expect(new Set(ids).size).toBe(1);
  const { targets } = await show(ids[0] ?? "");
  const { id } = await finish(targets[0]?.runId ?? "");
  const lines = [];
  for await (const { message, fields } of runs.logs(id)) lines.push([message, fields]);
  expect(lines).toEqual([
    ["packed", { order: "A-1001", label: expect.stringMatching(/^A-1001-/) }],
    ["asked for a review", { order: "A-1001" }],
  ]);
});

describe("what comes of a delivery", () => {
  test("is filtered when no filter lets it through", async () => {
    const { id, status } = await sendOrder({ body: { type: "unwanted" } });
    expect(status).toBe("filtered");
    expect(await show(id)).toMatchObject({
      ...{ status: "filtered", filterReason: expect.any(String), error: null },
      targets: [
        { id: "take-order", status: "filtered", runId: null },
        { id: "take-paid-order", status: "filtered", runId: null },
      ],
    });
  });

  test("is unmatched when nothing is subscribed", async () => {
    const { id } = await sendOrder({ body: { type: "created" } }, "lonely");
    expect(await show(id)).toMatchObject({ status: "unmatched", targets: [] });
  });

  test("is told of a filter that throws, and the others get their runs", async () => {
    const { id } = await sendOrder({ body: { type: "bad" } });
    const shown = await show(id);
    expect(shown).toMatchObject({
      ...{ status: "succeeded", error: "take-paid-order: Error: this order is bad" },
      targets: [{ status: "succeeded" }, { status: "failed", error: "Error: this order is bad", runId: null }],
    });
    expect(await metadataOf(shown.targets[0]?.runId ?? "")).toMatchObject({ event: '{"type":"bad"}' });
  });
});

describe("a repeat", () => {
  test("of a delivery, a hundred at once, makes one run", async () => {
    const deliveryId = fresh("delivery");
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => sendOrder({ body: { type: "created" }, deliveryId })),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ isRepeat }) => !isRepeat).length).toBe(1);
    const { targets } = await show(answers[0]?.id ?? "");
    expect(targets.filter(({ status }) => status === "succeeded").length).toBe(1);
  });

  test("whose header lines come in another order, under names in another case, is that delivery", async () => {
    await forEachSeed("header lines", 5, async (seed) => {
      const random = new Random(seed);
      const order = await signOrder({
        body: { type: "created", mark: fresh("mark") },
        headers: { "x-a": "1", accept: "*/*" },
      });
      const charge = JSON.stringify({ id: fresh("evt"), object: "event", type: "charge.failed", data: { object: {} } });
      const signature = Stripe.webhooks.generateTestHeaderString({
        payload: charge,
        secret: WEBHOOK_SECRETS.STRIPE_TEST_SECRET,
      });
      const reordered = signature.split(",").toReversed().join(",");
      const sent: [string, string, [string, string][]][] = [
        ["orders", order.body, Object.entries(order.headers)],
        [
          "stripe",
          charge,
          [
            ["stripe-signature", reordered],
            ["content-type", "application/json"],
            ["x-b", "2"],
          ],
        ],
      ];
      for (const [endpoint, body, lines] of sent) {
        const answers = [await postRaw(endpoint, body, lines)];
        for (let i = 0; i < 3; i += 1) {
          const shuffled = lines
            .map((line) => ({ line, at: random.next() }))
            .sort((a, b) => a.at - b.at)
            .map(({ line: [name, value] }): [string, string] => [
              random.chance(0.5) ? name.toUpperCase() : name,
              value,
            ]);
          answers.push(await postRaw(endpoint, body, shuffled));
        }
        const [first] = answers;
        expect(answers).toEqual(answers.map((_, i) => ({ ...first, isRepeat: i > 0 })));
      }
    });
  });

  test("with another body is the delivery that it names", async () => {
    const deliveryId = fresh("delivery");
    const first = await sendOrder({ body: { type: "created" }, deliveryId });
    const second = await sendOrder({ body: { type: "paid", total: 1 }, deliveryId });
    expect(second).toEqual({ ...first, isRepeat: true });
    expect((await show(first.id)).event).toEqual({ type: "created" });
  });

  test("without a name is what was signed, however the signature is written", async () => {
    const body = JSON.stringify({ type: "created", mark: fresh("mark") });
    const first = await sendOrder({ body, deliveryId: undefined });
    const signature = (await hmacHex(WEBHOOK_SECRETS.ORDERS_SECRET, body)).toUpperCase();
    const headers = { "x-orders-signature": `sha256=${signature}` };
    expect(await sendOrder({ body, deliveryId: undefined, headers })).toEqual({ ...first, isRepeat: true });
  });

  test("at another endpoint is another delivery", async () => {
    const deliveryId = fresh("delivery");
    const first = await sendOrder({ body: { type: "created" }, deliveryId });
    const second = await sendOrder({ body: { type: "created" }, deliveryId }, "lonely");
    expect(second.id).not.toBe(first.id);
  });
});

describe("a request that is not taken", () => {
  const order = { type: "created" };

  test.each<[number, string, string, () => Promise<RequestInit>]>([
    [401, "invalid_signature", "orders", async () => signOrder({ body: order, secret: "another" })],
    [401, "invalid_signature", "orders", async () => ({ body: "{}" })],
    [400, "malformed_body", "orders", async () => signOrder({ body: "{" })],
    [400, "malformed_body", "orders", async () => signOrder({ body: "[".repeat(2_000) + "]".repeat(2_000) })],
    [404, "endpoint_not_found", "nothing", async () => signOrder({ body: order })],
    [404, "endpoint_not_found", "orders/more", async () => signOrder({ body: order })],
    [404, "endpoint_not_found", "%E0%A4%A", async () => signOrder({ body: order })],
    [404, "endpoint_not_found", "", async () => signOrder({ body: order })],
    [405, "method_not_allowed", "orders", async () => ({ ...(await signOrder({ body: order })), method: "PUT" })],
    [405, "method_not_allowed", "orders", async () => ({ method: "GET" })],
    [503, "endpoint_not_ready", "unset", async () => signOrder({ body: order, secret: "x" })],
  ])("is answered %d with %s: %s", async (status, code, endpoint, init) => {
    const response = await post(endpoint, await init());
    expect([response.status, await response.json()]).toMatchObject([status, { code, error: expect.any(String) }]);
    if (status === 405) expect(response.headers.get("allow")).toBe("POST");
  });
});
