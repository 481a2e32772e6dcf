import { describe, expect, test, vi } from "vitest";
import { createHttpApp } from "../../worker/http/app.ts";
import type { Env } from "../../worker/env.ts";
import { ask, RecordingEngine } from "./recording-engine.ts";

const PATH = "/api/v1/webhooks";
const LARGEST = 3 * 1024 * 1024;

function send(path: string, init: RequestInit, engine: RecordingEngine): Promise<Response> {
  const request = new Request(`https://runlet.test${path}`, init);
  // No key is configured, and none is needed.
  return createHttpApp().handle(request, engine, {} as Env);
}

/** A body that is far too large, and tells how much of it was taken. */
function large(): { readonly body: ReadableStream<Uint8Array>; taken(): number } {
  let taken = 0;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (taken > 2 * LARGEST) return controller.close();
    taken += 65_536;
    controller.enqueue(new Uint8Array(65_536));
  };
  return { body: new ReadableStream({ pull }, { highWaterMark: 0 }), taken: () => taken };
}

describe("a request to an endpoint", () => {
  test("reaches the engine byte for byte, and is answered as that says", async () => {
    const engine = new RecordingEngine();
    const body = new Uint8Array([0, 1, 254, 255]);
    const response = await send("/webhooks/orders?x=1", { method: "POST", body, headers: { "x-a": "1" } }, engine);
    expect([response.status, await response.text()]).toEqual([202, "taken"]);
    const [[name, endpoint, request]] = engine.calls as [[string, string, Record<string, unknown>]];
    expect([name, endpoint, request["method"], request["body"]]).toEqual(["webhooks.receive", "orders", "POST", body]);
    expect(String(request["url"])).toBe("https://runlet.test/webhooks/orders?x=1");
    expect((request["headers"] as Headers).get("x-a")).toBe("1");
    expect(Math.abs(Number(request["receivedAt"]) - Date.now())).toBeLessThan(60_000);
  });

  test("may have the largest body, and none that is larger, of which no more is read than that", async () => {
    const engine = new RecordingEngine();
    const largest = await send("/webhooks/orders", { method: "POST", body: new Uint8Array(LARGEST) }, engine);
    expect(largest.status).toBe(202);
    const { body, taken } = large();
    const larger = await send("/webhooks/orders", { method: "POST", body }, engine);
    expect([larger.status, await larger.json()]).toMatchObject([413, { code: "payload_too_large" }]);
    expect(taken()).toBe(LARGEST + 65_536);
    const announced = large();
    const headers = { "content-length": String(LARGEST + 1) };
    const refused = await send("/webhooks/orders", { method: "POST", body: announced.body, headers }, engine);
    expect([refused.status, announced.taken()]).toEqual([413, 0]);
    expect(engine.calls.length).toBe(1);
  });

  test("is refused before its body is read when there is no such endpoint, or no such method", async () => {
    const engine = new RecordingEngine();
    const { body, taken } = large();
    expect((await send("/webhooks/nothing", { method: "POST", body }, engine)).status).toBe(404);
    expect((await send("/webhooks/nothing", { method: "GET" }, engine)).status).toBe(404);
    for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
      const response = await send("/webhooks/orders", { method }, engine);
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
    expect([taken(), engine.calls]).toEqual([0, []]);
  });
});

test("names of endpoints that a stranger makes up are not in the log", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const response = await send("/webhooks/made-up", { method: "POST", body: "{}" }, new RecordingEngine());
  expect(response.status).toBe(404);
  expect(warn.mock.calls).toEqual([
    [
      "runlet: webhook requests refused: 1 × no such endpoint: endpoint_not_found (There is no webhook endpoint at this address.)",
    ],
  ]);
  warn.mockRestore();
});

describe("the routes of deliveries and endpoints", () => {
  test("ask the engine what they were asked", async () => {
    const engine = new RecordingEngine();
    const query = "filter[endpoint]=a,b&filter[status]=failed&filter[period]=1d&filter[from]=1000&page[size]=5";
    expect((await ask(`${PATH}/deliveries?${query}`, {}, engine)).body).toMatchObject({
      pagination: { next: "older" },
    });
    const headers = { "x-trigger-request-idempotency-key": "key" };
    const init = { method: "POST", headers };
    const replayed = await ask(`${PATH}/deliveries/whd_1/replay?targetId=a%2Fb`, init, engine);
    expect(replayed.body).toEqual({ deliveryId: "whd_2", replayedFrom: "whd_1" });
    await ask(`${PATH}/deliveries/whd_9`, {}, engine);
    await ask(`${PATH}/endpoints`, {}, engine);
    await ask(`${PATH}/endpoints/shop%2Forders`, {}, engine);
    expect(engine.calls).toEqual([
      [
        "webhooks.listDeliveries",
        { endpoint: ["a", "b"], status: ["failed"], period: "1d", from: new Date(1000), limit: 5 },
      ],
      ["webhooks.replayDelivery", { id: "whd_1", targetId: "a/b", requestKey: "key" }],
      ["webhooks.retrieveDelivery", "whd_9"],
      ["webhooks.listEndpoints"],
      ["webhooks.retrieveEndpoint", "shop/orders"],
    ]);
  });

  test("need a key, and refuse what they do not know", async () => {
    for (const path of ["/deliveries", "/deliveries/whd_1", "/endpoints", "/endpoints/orders"]) {
      expect((await ask(PATH + path, { headers: { authorization: "Bearer no" } })).status).toBe(401);
      expect((await ask(PATH + path, { method: "DELETE" })).status).toBe(405);
    }
    const engine = new RecordingEngine();
    const init = { method: "POST" };
    expect((await ask(`${PATH}/deliveries/whd_1/replay?target=a`, init, engine)).status).toBe(400);
    const refused = await ask(`${PATH}/endpoints/orders/rotate-secret`, init, engine);
    expect([refused.status, refused.body["code"]]).toEqual([422, "secret_not_managed"]);
    expect(refused.body["error"]).toContain("npx wrangler secret put ORDERS_SECRET");
  });
});
