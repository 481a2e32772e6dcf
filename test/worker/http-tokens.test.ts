import { describe, expect, test } from "vitest";
import { ask, RecordingEngine } from "./recording-engine.ts";

async function asked(query: string): Promise<unknown> {
  const engine = new RecordingEngine();
  const { status } = await ask(`/api/v1/waitpoints/tokens${query}`, {}, engine);
  expect(status).toBe(200);
  return engine.calls.at(-1);
}

describe("a list of tokens", () => {
  test("is answered as it is", async () => {
    const { body } = await ask("/api/v1/waitpoints/tokens");
    expect(body).toMatchObject({ data: [{ id: "waitpoint_1", tags: ["a"] }], pagination: { previous: "newer" } });
  });

  test.each([
    ["", {}],
    ["?filter[status]=WAITING,TIMED_OUT", { status: ["WAITING", "TIMED_OUT"] }],
    ["?filter[tags]=a,b", { tags: ["a", "b"] }],
    ["?filter[tags]=a%5C,b", { tags: ["a,b"] }],
    ["?filter[idempotencyKey]=a,b", { idempotencyKey: "a,b" }],
    ["?filter[createdAt][period]=7d&page[size]=5", { period: "7d", limit: 5 }],
    ["?filter[createdAt][from]=1000&filter[createdAt][to]=2000", { from: new Date(1000), to: new Date(2000) }],
    ["?page[after]=x&page[before]=y", { after: "x", before: "y" }],
  ])("takes %j", async (query, expected) => {
    expect(await asked(query)).toEqual(["listTokens", expected]);
  });

  test.each(["filter[tag]=x", "filter[taskIdentifier]=x", "status=WAITING", "toString=1", "__proto__=1"])(
    "refuses %s by name",
    async (query) => {
      const { status, body } = await ask(`/api/v1/waitpoints/tokens?${query}`);
      expect([status, body["code"]]).toEqual([400, "unknown_filter"]);
      expect(body["error"]).toContain(`"${query.split("=")[0]}"`);
      expect(body["error"]).toContain("a list of tokens takes filter[status], filter[tags], filter[idempotencyKey]");
    },
  );

  test.each([
    ["filter[status]", "QUEUED"],
    ["filter[idempotencyKey]", ""],
    ["filter[createdAt][from]", "yesterday"],
    ["page[size]", "many"],
  ])("refuses %s=%s with the allowed form", async (name, value) => {
    const { status, body } = await ask(`/api/v1/waitpoints/tokens?${name}=${value}`);
    expect([status, body["code"]]).toEqual([400, "invalid_field"]);
    expect(body["error"]).toContain(`${name} must be`);
  });
});
