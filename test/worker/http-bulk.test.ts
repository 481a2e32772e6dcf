import { describe, expect, test } from "vitest";
import type { PageQuery } from "../../sdk/lib/wire.ts";
import { RecordingEngine, ask, post } from "./recording-engine.ts";

const PATH = "/api/v1/bulk-actions";

/** What the engine is asked for a body. */
async function begun(body: unknown): Promise<unknown> {
  const engine = new RecordingEngine();
  const { status, body: answer } = await post(PATH, body, engine, { "x-trigger-request-idempotency-key": "key" });
  expect([status, answer]).toEqual([202, { id: "bulk_1" }]);
  expect(engine.calls.length).toBe(1);
  return engine.calls[0]?.[1];
}

describe("a bulk action", () => {
  test("is begun for runs that are named", async () => {
    const body = { action: "cancel", runIds: ["run_1", "run_2"], name: "old ones", filter: null };
    expect(await begun(body)).toEqual({
      ...{ action: "cancel", runIds: ["run_1", "run_2"], name: "old ones" },
      requestKey: "key",
    });
  });

  test("is begun for a filter, with single values and lists, times as numbers and as texts", async () => {
    const filter = {
      status: "FAILED",
      taskIdentifier: ["a", "b"],
      tag: ["x,y"],
      batch: "batch_1",
      bulkAction: "bulk_0",
    };
    const times = { from: 1_000, to: "2026-01-01T00:00:00.000Z", period: "1d" };
    expect(await begun({ action: "replay", filter: { ...filter, ...times }, targetRegion: "eu" })).toEqual({
      action: "replay",
      filter: {
        ...{ ...filter, status: ["FAILED"], period: "1d" },
        ...{ from: new Date(1_000), to: new Date("2026-01-01T00:00:00Z") },
      },
      targetRegion: "eu",
      requestKey: "key",
    });
  });

  test("is retrieved, aborted and listed as the engine knows it", async () => {
    const engine = new RecordingEngine();
    const counts = { total: 3, success: 1, failure: 0, skipped: 0 };
    const wire = { id: "bulk_9", type: "CANCEL", status: "PENDING", counts, createdAt: "2026-06-01T12:00:00.000Z" };
    expect((await ask(`${PATH}/bulk_9`, {}, engine)).body).toEqual(wire);
    expect((await ask(`${PATH}/bulk_9/abort`, { method: "POST" }, engine)).body).toEqual({ id: "bulk_9" });
    expect((await ask(PATH, {}, engine)).body).toEqual({
      data: [{ ...wire, id: "bulk_1" }],
      pagination: { next: "older" },
    });
    const calls = [
      ["bulk.retrieve", "bulk_9"],
      ["bulk.abort", "bulk_9"],
      ["bulk.list", {}],
    ];
    expect(engine.calls).toEqual(calls);
  });

  test.each<[string, PageQuery]>([
    ["page[size]=5", { limit: 5 }],
    ["page[after]=a&page[before]=b", { after: "a", before: "b" }],
  ])("is listed by %j", async (query, expected) => {
    const engine = new RecordingEngine();
    await ask(`${PATH}?${query}`, {}, engine);
    expect(engine.calls).toEqual([["bulk.list", expected]]);
  });

  test.each<[string, string, unknown]>([
    ["invalid_field", "the body", undefined],
    ["invalid_field", "the body", []],
    ["unknown_field", '"ids"', { action: "cancel", ids: ["run_1"] }],
    ["invalid_field", "action", { runIds: ["run_1"] }],
    ["invalid_field", "action", { action: "CANCEL", runIds: ["run_1"] }],
    ["invalid_field", "runIds", { action: "cancel", runIds: "run_1" }],
    ["invalid_field", "runIds[1]", { action: "cancel", runIds: ["run_1", 2] }],
    ["invalid_field", "name", { action: "cancel", runIds: ["run_1"], name: 5 }],
    ["invalid_field", "targetRegion", { action: "replay", runIds: ["run_1"], targetRegion: [] }],
    ["invalid_field", "filter", { action: "cancel", filter: "FAILED" }],
    ["invalid_field", "filter.status", { action: "cancel", filter: { status: ["FAILED", "DONE"] } }],
    ["invalid_field", "filter.tag[0]", { action: "cancel", filter: { tag: [7] } }],
    ["invalid_field", "filter.tag", { action: "cancel", filter: { tag: {} } }],
    ["invalid_field", "filter.batch", { action: "cancel", filter: { batch: "" } }],
    ["invalid_field", "filter.from", { action: "cancel", filter: { from: "yesterday" } }],
    ["unsupported_filter", "filter.queue", { action: "cancel", filter: { queue: "q" } }],
    ["unsupported_filter", "filter.isTest", { action: "cancel", filter: { isTest: true } }],
    ["unknown_filter", '"colour"', { action: "cancel", filter: { colour: "red" } }],
    ["unknown_filter", '"limit"', { action: "cancel", filter: { limit: 5 } }],
    ["unknown_filter", '"toString"', { action: "cancel", filter: { toString: "x" } }],
  ])("is refused with %s for %s", async (code, name, body) => {
    const engine = new RecordingEngine();
    const answer = await post(PATH, body === undefined ? "" : body, engine);
    expect([answer.status, answer.body["code"], engine.calls]).toEqual([400, code, []]);
    expect(answer.body["error"]).toContain(name);
  });

  test("is not listed by what is no page, and not without a key", async () => {
    for (const query of ["filter[status]=FAILED", "page=2", "page[size]=x"]) {
      expect((await ask(`${PATH}?${query}`)).status).toBe(400);
    }
    expect((await ask(PATH, { headers: { authorization: "Bearer no" } })).status).toBe(401);
    expect((await ask(PATH, { method: "DELETE" })).status).toBe(405);
  });
});
