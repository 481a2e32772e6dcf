import { describe, expect, test } from "vitest";
import { ask, post, RecordingEngine } from "./recording-engine.ts";

describe("a queue is addressed", () => {
  test.each([
    ["queue_emails", "", { type: "id", name: "queue_emails" }],
    ["queue_task~hello", "?type=id", { type: "id", name: "queue_task~hello" }],
    ["hello", "?type=task", { type: "task", name: "hello" }],
    ["emails", "?type=custom", { type: "custom", name: "emails" }],
    ["tenants%252Fbig", "?type=custom", { type: "custom", name: "tenants/big" }],
    ["tenants%2Fbig", "?type=custom", { type: "custom", name: "tenants/big" }],
    ["100%25", "?type=custom", { type: "custom", name: "100%" }],
  ])("in the path %s%s", async (segment, query, address) => {
    const engine = new RecordingEngine();
    const { status, body } = await ask(`/api/v1/queues/${segment}${query}`, {}, engine);
    expect([status, body]).toMatchObject([200, { id: "queue_emails", concurrencyLimit: 5, paused: false }]);
    expect(engine.calls).toEqual([["queues.retrieve", address]]);
  });
});

test("a page of queues is asked for by number and size", async () => {
  const engine = new RecordingEngine();
  expect((await ask("/api/v1/queues", {}, engine)).body["pagination"]).toEqual({
    currentPage: 1,
    totalPages: 1,
    count: 1,
  });
  await ask("/api/v1/queues?page=2&perPage=100", {}, engine);
  expect(engine.calls).toEqual([
    ["queues.list", {}],
    ["queues.list", { page: 2, perPage: 100 }],
  ]);
});

test("a queue is paused and resumed, its limit put in place of another and taken back", async () => {
  const engine = new RecordingEngine();
  const path = "/api/v1/queues/hello";
  expect((await post(`${path}/pause`, { type: "task", action: "pause" }, engine)).status).toBe(200);
  expect((await post(`${path}/pause`, { type: "task", action: "resume" }, engine)).status).toBe(200);
  expect((await post(`${path}/concurrency/override`, { type: "task", concurrencyLimit: 0 }, engine)).status).toBe(200);
  expect((await post(`${path}/concurrency/reset`, { type: "task" }, engine)).status).toBe(200);
  const hello = { type: "task", name: "hello" };
  expect(engine.calls).toEqual([
    ["queues.pause", hello, true],
    ["queues.pause", hello, false],
    ["queues.limit", hello, 0],
    ["queues.limit", hello, null],
  ]);
});

describe("what is wrong is named, and changes nothing", () => {
  const refuses = async (asked: Promise<{ status: number; body: Record<string, unknown> }>, field: string) => {
    const { status, body } = await asked;
    expect([status, body["error"]]).toEqual([400, expect.stringContaining(field)]);
  };

  test.each(["page=0", "page=-1", "page=x", "page=1.5", "perPage=0", "perPage=101", "page=", "size=5"])(
    "in the query of a list: %s",
    async (query) => {
      const engine = new RecordingEngine();
      await refuses(ask(`/api/v1/queues?${query}`, {}, engine), query.split("=", 1)[0] ?? "");
      expect(engine.calls).toEqual([]);
    },
  );

  test("in the type of a queue that is retrieved", () => refuses(ask("/api/v1/queues/hello?type=name"), "type"));

  test.each([
    ["pause", { action: "pause", type: "name" }, "type"],
    ["pause", { action: "pause", type: null }, "type"],
    ["pause", { action: "stop", type: "id" }, "action"],
    ["pause", { type: "id" }, "action"],
    ["pause", undefined, "action"],
    ["pause", [], "the body"],
    ["pause", { action: "pause", type: "id", why: "x" }, '"why"'],
    ["concurrency/override", { type: "id" }, "concurrencyLimit"],
    ["concurrency/override", { type: "id", concurrencyLimit: null }, "concurrencyLimit"],
    ["concurrency/override", { type: "id", concurrencyLimit: -1 }, "concurrencyLimit"],
    ["concurrency/override", { type: "id", concurrencyLimit: 1.5 }, "concurrencyLimit"],
    ["concurrency/override", { type: "id", concurrencyLimit: "5" }, "concurrencyLimit"],
    ["concurrency/override", { type: "id", concurrencyLimit: 100_001 }, "concurrencyLimit"],
    ["concurrency/override", { concurrencyLimit: 5, type: 7 }, "type"],
    ["concurrency/reset", { type: "queue" }, "type"],
    ["concurrency/reset", { type: "id", concurrencyLimit: 5 }, '"concurrencyLimit"'],
  ])("in the body of %s: %j", async (verb, body, field) => {
    const engine = new RecordingEngine();
    await refuses(post(`/api/v1/queues/hello/${verb}`, body ?? "", engine), field);
    expect(engine.calls).toEqual([]);
  });
});

test.each([
  ["GET", ""],
  ["GET", "/openai"],
  ["GET", "/task%2Fhello?concurrencyKey=a"],
  ["POST", "/openai/override"],
  ["POST", "/openai/pause"],
  ["POST", "/openai/reset"],
])("named limits are refused with what to use instead: %s %s", async (method, path) => {
  const { status, body } = await ask(`/api/v1/concurrency-limits${path}`, { method });
  expect([status, body["code"]]).toEqual([400, "unsupported_concurrency_limits"]);
  expect(body["error"]).toMatch(/queue\(\).*concurrencyKey/);
});
