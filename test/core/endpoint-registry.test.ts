import { afterEach, describe, expect, test, vi } from "vitest";
import { webhook, webhooks, type WebhookSource } from "../../sdk/index.ts";
import { planTargets } from "../../worker/engine/plan-targets.ts";
import { Registry } from "../../worker/engine/registry.ts";
import { seenHeaders } from "../../worker/engine/seen-headers.ts";
import { identify } from "../../worker/engine/webhook-identity.ts";

const source: WebhookSource<{ readonly a: number }> = {
  provider: "test",
  secrets: [{ env: "FIRST" }, { env: "SECOND" }],
  credentials: { headers: ["x-secret"] },
  verify: async () => ({ type: "event", event: { a: 1 } }),
};
const define = (id: string) => webhooks.endpoint.define({ id, source });
const onEvent = () => undefined;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the registry of endpoints", () => {
  test("knows the endpoints of webhooks, and those that are given beside", () => {
    const [shared, lonely] = [define("shared"), define("lonely")];
    const tasks = ["one", "two"].map((id) => webhook({ id, endpoint: shared, onEvent }));
    const { endpoints } = new Registry(tasks, [], [lonely, shared]);
    expect(
      endpoints.all.map(({ endpoint, subscribers }) => [endpoint.id, subscribers.map(({ task }) => task)]),
    ).toEqual([
      ["lonely", []],
      ["shared", ["one", "two"]],
    ]);
    expect(endpoints.find("wh_shared")).toBe(endpoints.find("shared"));
    expect(endpoints.find("wh_wh_shared")).toBeUndefined();
  });

  test("refuses two endpoints with one id, and what is no endpoint", () => {
    const tasks = [define("same"), define("same")].map((endpoint, i) => webhook({ id: `t${i}`, endpoint, onEvent }));
    expect(() => new Registry(tasks)).toThrow('Two endpoints have the id "same"');
    expect(() => new Registry([], [], [define("fine"), source as never])).toThrow("endpoints[1] is not an endpoint");
  });

  test("says once which secrets are missing, and not their values", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const other = webhooks.endpoint.define({ id: "b", source: { ...source, secrets: [{ env: "THIRD" }] } });
    const { endpoints } = new Registry([], [], [define("a"), other]);
    endpoints.warnOfSecrets({ FIRST: "value", SECOND: "" });
    endpoints.warnOfSecrets({});
    expect(warn.mock.calls).toEqual([
      [
        "runlet: Secrets of webhooks are set in .dev.vars locally, and with `npx wrangler secret put` for a deployment:\n" +
          "  /webhooks/a tries its other secret only: SECOND is not set\n" +
          "  /webhooks/b refuses what is sent: THIRD is not set",
      ],
    ]);
  });

  test("says nothing where all secrets are set", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    new Registry([], [], [define("a")]).endpoints.warnOfSecrets({ FIRST: "value", SECOND: "value" });
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("webhook()", () => {
  test("refuses what is no endpoint, no filter, no onEvent, and options that there are not", () => {
    const endpoint = define("e");
    const good = { id: "t", endpoint, onEvent };
    expect(() => webhook({ ...good, endpoint: { id: "e" } as never })).toThrow("webhooks.endpoint.define()");
    expect(() => webhook({ ...good, filter: "event.a == 1" as never })).toThrow("must be a function");
    expect(() => webhook({ ...good, onEvent: undefined as never })).toThrow("needs an onEvent function");
    expect(() => webhook({ ...good, run: onEvent } as never)).toThrow('Option "run" of webhook()');
  });
});

describe("the filters of a delivery", () => {
  const plan = (filter: (delivery: { readonly event: { readonly a: number } }) => boolean) => {
    const registry = new Registry([webhook({ id: "t", endpoint: define("e"), filter, onEvent })]);
    return planTargets(registry, registry.endpoints.get("e")?.subscribers ?? [], { a: 1 }, {});
  };

  test("decide whether there is a run", () => {
    expect(plan(({ event }) => event.a === 1)).toMatchObject([{ task: "t", status: "planned" }]);
    expect(plan(({ event }) => event.a === 2)).toEqual([{ task: "t", status: "filtered" }]);
  });

  test("fail by themselves when they throw, or give what is neither true nor false", () => {
    const thrower = () => {
      throw new RangeError("x".repeat(5_000));
    };
    const [failed] = plan(thrower);
    expect(failed).toMatchObject({ status: "failed", error: `RangeError: ${"x".repeat(988)}` });
    const promised = (async () => true) as never;
    expect(plan(promised)).toMatchObject([{ status: "failed", error: expect.stringContaining("a promise") }]);
    expect(plan((() => 1) as never)).toMatchObject([{ status: "failed", error: expect.stringContaining("number") }]);
  });
});

test("tasks see no credentials among the headers", () => {
  const headers = new Headers({
    Authorization: "a",
    Cookie: "b",
    "X-Secret": "c",
    "Proxy-Authorization": "d",
    "X-A": "e",
  });
  expect(seenHeaders(headers, source)).toEqual({ "x-a": "e" });
});

describe("a delivery is known", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const request = (body: string) => ({ body: bytes(body) });

  test("by the name that its provider gives it, cut to a digest where that is long", async () => {
    expect((await identify(request("a"), { deliveryId: "evt_1", signed: bytes("b") })).identity).toEqual({
      id: "evt_1",
    });
    expect((await identify(request("a"), { deliveryId: "x".repeat(513) })).identity).toEqual({
      id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  test("else by what was verified, which is the body where its source says nothing else", async () => {
    const digestOf = async (body: string, signed?: Uint8Array) =>
      JSON.stringify((await identify(request(body), { deliveryId: "", ...(signed && { signed }) })).identity);
    const plain = await digestOf("a");
    expect(await digestOf("b")).not.toBe(plain);
    expect(await digestOf("a", bytes("1.a"))).not.toBe(plain);
    expect(await digestOf("a", bytes("1.a"))).not.toBe(await digestOf("a", bytes("2.a")));
    expect(await digestOf("other bytes", bytes("1.a"))).toBe(await digestOf("a", bytes("1.a")));
    expect(await digestOf("a", "no bytes" as never)).toBe(plain);
  });
});
