import { beforeAll, describe, expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { WEBHOOK_SECRETS } from "../support/webhook-secrets.ts";
import { call, connect, finish, fresh } from "./api.ts";
import { DELIVERIES, listed, sendOrder, show, type Taken } from "./webhook-calls.ts";

beforeAll(connect);

const metadataOf = async (run: string) => (await finish(run)).metadata ?? {};

describe("a replay", () => {
  test("makes new runs of a delivery, and is shown with it", async () => {
    const { id } = await sendOrder({ body: { type: "paid", total: 3 } });
    const { deliveryId, replayedFrom } = await webhooks.deliveries.replay(id);
    expect(replayedFrom).toBe(id);
    const [first, second] = [await show(id), await webhooks.deliveries.retrieve(deliveryId)];
    expect(first.replays).toEqual([deliveryId]);
    expect(second).toMatchObject({
      status: "succeeded",
      replayedFrom: id,
      event: { type: "paid", total: 3 },
      replays: [],
    });
    const before = first.targets.map(({ runId }) => runId);
    const after = second.targets.map(({ runId }) => runId ?? "");
    expect(new Set([...before, ...after]).size).toBe(4);
    expect(await metadataOf(after[0] ?? "")).toMatchObject({ event: '{"type":"paid","total":3}' });
    // A replay can be replayed, too, and the first delivery knows all of them.
    const again = await webhooks.deliveries.replay({ id: deliveryId });
    expect((await show(id)).replays.toSorted()).toEqual([deliveryId, again.deliveryId].toSorted());
  });

  test("asks the filters again, but for the one that it names", async () => {
    const { id } = await sendOrder({ body: { type: "unwanted" } });
    const filtered = await webhooks.deliveries.replay(id);
    expect(await show(filtered.deliveryId)).toMatchObject({ status: "filtered" });
    const forced = await webhooks.deliveries.replay(id, { targetId: "take-order" });
    const { targets } = await show(forced.deliveryId);
    expect(targets).toMatchObject([{ id: "take-order", status: "succeeded" }]);
    expect(await metadataOf(targets[0]?.runId ?? "")).toMatchObject({ event: '{"type":"unwanted"}' });
  });

  test("that is asked for again is made once", async () => {
    const { id } = await sendOrder({ body: { type: "created" } });
    const headers = { "x-trigger-request-idempotency-key": fresh("replay") };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call("POST", `${DELIVERIES}/${id}/replay`, { headers })),
    );
    expect(new Set(answers.map(({ body }) => body["deliveryId"])).size).toBe(1);
    expect((await show(id)).replays.length).toBe(1);
  });

  test.each([
    ["POST", `${DELIVERIES}/whd_nothing/replay`, 404, "delivery_not_found"],
    ["POST", `${DELIVERIES}/whd_${"A".repeat(43)}_d/replay`, 404, "not_found"],
    ["GET", `${DELIVERIES}/whd_${"A".repeat(43)}_d`, 404, "not_found"],
    ["GET", `${DELIVERIES}/run_${"A".repeat(43)}_d`, 404, "delivery_not_found"],
    ["GET", `${DELIVERIES}?filter[status]=lost`, 400, "invalid_field"],
    ["GET", `${DELIVERIES}?filter[period]=soon`, 400, "invalid_query"],
    ["GET", `${DELIVERIES}?filter[task]=x`, 400, "unknown_filter"],
    ["GET", "/api/v1/webhooks/endpoints/nothing", 404, "endpoint_not_found"],
    ["POST", "/api/v1/webhooks/endpoints/orders/rotate-secret", 422, "secret_not_managed"],
    ["PUT", "/api/v1/webhooks/endpoints/wh_orders/secret", 422, "secret_not_managed"],
  ])("or look at what is not there or no use is refused: %s %s", async (method, path, status, code) => {
    const answer = await call(method, path);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("of a subscriber that there is not is refused", async () => {
    const { id } = await sendOrder({ body: { type: "created" } });
    const refused = webhooks.deliveries.replay(id, { targetId: "hello" });
    await expect(refused).rejects.toMatchObject({ status: 404, code: "subscriber_not_found" });
    await expect(webhooks.deliveries.replay(id, { target: "x" } as object)).rejects.toThrow("target");
    expect((await show(id)).replays).toEqual([]);
  });
});

describe("lists", () => {
  test("give deliveries by endpoint and outcome, newest first, page by page", async () => {
    const sent: Taken[] = [];
    for (let i = 0; i < 3; i += 1) sent.push(await sendOrder({ body: { type: "unwanted" } }));
    const ids = new Set(sent.map(({ id }) => id));
    const filter = { endpoint: "wh_orders", status: "filtered", limit: 2 } as const;
    const found = await listed(({ id }) => ids.has(id), filter, 3);
    expect(found.map(({ id }) => id)).toEqual(sent.map(({ id }) => id).toReversed());
    expect(found[0]).toMatchObject({ status: "filtered", endpoint: { declaredId: "orders" }, isTest: false });
    const others = await webhooks.deliveries.list({ endpoint: ["lonely", "bare"] });
    expect(others.data.every(({ endpoint }) => ["lonely", "bare"].includes(endpoint.declaredId))).toBe(true);
  });

  test("give endpoints with their addresses, secrets by name, and subscribers with their filters", async () => {
    const all = await webhooks.endpoints.list();
    expect(all.map(({ declaredId }) => declaredId).toSorted()).toEqual([
      "bare",
      "charges",
      "github",
      "lonely",
      "orders",
      "payments",
      "repository",
      "shop",
      "stripe",
      "unset",
    ]);
    const orders = await webhooks.endpoints.retrieve("orders");
    expect(orders).toMatchObject({
      ...{ id: "wh_orders", source: "custom", status: "active", secretSet: true, metadata: { shop: "north" } },
      secrets: [
        { env: "ORDERS_SECRET", isSet: true },
        { env: "ORDERS_OLD_SECRET", isSet: true },
      ],
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/webhooks\/orders$/),
      subscribers: [
        { id: "take-order", taskId: "take-order", filter: expect.stringContaining('"unwanted"') },
        { id: "take-paid-order" },
      ],
    });
    const unset = await webhooks.endpoints.retrieve("wh_unset");
    expect(unset).toMatchObject({
      ...{ status: "inactive", secretSet: false, secrets: [{ env: "SECRET_THAT_IS_NOT_SET", isSet: false }] },
      setupPrompt: expect.stringContaining("npx wrangler secret put SECRET_THAT_IS_NOT_SET"),
    });
    expect(JSON.stringify([all, orders, unset])).not.toContain(WEBHOOK_SECRETS.ORDERS_SECRET);
  });
});
