import { describe, expect, test } from "vitest";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { ListRunsQuery } from "../../sdk/lib/wire.ts";
import { RecordingEngine, ask, post, RUN, RUN_ITEM } from "./recording-engine.ts";

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function asked(path: string, init: RequestInit = {}): Promise<unknown[] | undefined> {
  const engine = new RecordingEngine();
  const { status } = await ask(path, init, engine);
  expect(status).toBe(200);
  return engine.calls[0];
}

describe("a run", () => {
  test("is retrieved as the engine knows it", async () => {
    const { status, body } = await ask("/api/v3/runs/run_9");
    expect([status, body]).toEqual([200, asJson({ ...RUN, id: "run_9" })]);
  });

  test.each([
    ["", 0, false],
    ["?wait=0", 0, false],
    ["?wait=10&packets=1", 10, true],
    ["?wait=2.5&packets=0", 2.5, false],
  ])("is asked for as %j says", async (query, wait, packets) => {
    expect(await asked(`/api/v3/runs/run_1${query}`)).toEqual(["readRun", "run_1", { wait, packets }]);
  });

  test.each(["11", "-1", "x", "", "1e1", "10.5"])("is not waited for %j seconds", async (wait) => {
    const { status, body } = await ask(`/api/v3/runs/run_1?wait=${wait}`);
    expect([status, body["code"]]).toEqual([400, "invalid_field"]);
    expect(body["error"]).toContain("wait");
  });

  test("is cancelled, with or without a body", async () => {
    for (const init of [{}, { body: "whatever", headers: { "content-type": "text/plain" } }]) {
      const engine = new RecordingEngine();
      const { status, body } = await ask("/api/v2/runs/run_5/cancel", { method: "POST", ...init }, engine);
      expect([status, body, engine.calls]).toEqual([200, { id: "run_5" }, [["cancelRun", "run_5"]]]);
    }
  });

  test("has logs, page by page", async () => {
    expect(await asked("/api/v1/runs/run_1/logs")).toEqual(["readLogs", "run_1", undefined]);
    expect(await asked("/api/v1/runs/run_1/logs?after=7")).toEqual(["readLogs", "run_1", "7"]);
    const { body } = await ask("/api/v1/runs/run_1/logs");
    const [first] = body["data"] as unknown[];
    expect(first).toEqual({
      at: "2026-06-01T12:00:00.000Z",
      attempt: 1,
      level: "info",
      message: "hi",
      fields: { a: 1 },
    });
  });

  test("is asked for by whatever stands in the path: the engine knows what an id is", async () => {
    expect(await asked("/api/v3/runs/%2e%2e%2fx")).toEqual(["readRun", "../x", { wait: 0, packets: false }]);
    expect((await ask("/api/v3/runs/%E0%A4%A")).status).toBe(200);
  });
});

describe("several runs", () => {
  const PATH = "/api/v1/runs/retrieve";

  test.each([
    ["", {}, 0, false],
    ["?packets=1", { wait: 2.5 }, 2.5, true],
    ["?packets=0", { wait: null }, 0, false],
  ])("are asked for as %j and %j say", async (query, fields, wait, packets) => {
    const engine = new RecordingEngine();
    const { status, headers, body } = await post(PATH + query, { ids: ["run_9"], ...fields }, engine);
    expect([status, headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    expect(body).toEqual(asJson({ id: "run_9", run: { ...RUN, id: "run_9" } }));
    expect(engine.calls).toEqual([["readRuns", ["run_9"], { wait, packets }]]);
  });

  test.each([
    [{}, "ids must be a list of 1 to 100 ids"],
    [{ ids: [] }, "ids must be a list of 1 to 100 ids"],
    [{ ids: Array.from({ length: 101 }, (_, i) => `run_${i}`) }, "ids must be a list of 1 to 100 ids"],
    [{ ids: "run_1" }, "ids must be a list of 1 to 100 ids"],
    [{ ids: ["run_1", 2] }, "ids[1] must be the id of a run"],
    [{ ids: ["run_1"], wait: 10.5 }, "wait must be a number of seconds from 0 to 10"],
    [{ ids: ["run_1"], wait: -1 }, "wait must be"],
    [{ ids: ["run_1"], wait: "5" }, "wait must be"],
    [["run_1"], "the body must be a JSON object"],
  ])("are not asked for as in %j", async (given, message) => {
    const engine = new RecordingEngine();
    const { status, body } = await post(PATH, given, engine);
    expect([status, body["code"], engine.calls]).toEqual([400, "invalid_field", []]);
    expect(body["error"]).toContain(message);
  });

  test("are not asked for with a field that nobody reads", async () => {
    const { status, body } = await post(PATH, { ids: ["run_1"], packets: true });
    expect([status, body["code"]]).toEqual([400, "unknown_field"]);
  });

  test.each([
    [new RunletApiError(404, "run_not_found", "There is no run."), "There is no run.", "run_not_found"],
    [new Error("a secret"), "Something went wrong inside the platform. It has been logged.", "internal_error"],
  ])("have a line for what keeps one of them: %s", async (failure, error, code) => {
    const engine = new RecordingEngine();
    engine.failure = failure;
    expect(await post(PATH, { ids: ["run_9"] }, engine)).toMatchObject({
      status: 200,
      body: { id: "run_9", error, code },
    });
  });
});

describe("a list of runs", () => {
  test("holds items with their environment, and cursors", async () => {
    const { status, body } = await ask("/api/v1/runs");
    const item = asJson({ ...RUN_ITEM, env: { id: "default", name: "default" } });
    expect([status, body]).toEqual([200, { data: [item], pagination: { next: "older" } }]);
  });

  test.each<[string, ListRunsQuery]>([
    ["", {}],
    ["filter[status]=QUEUED,FAILED", { status: ["QUEUED", "FAILED"] }],
    ["filter[taskIdentifier]=a,b", { taskIdentifier: ["a", "b"] }],
    ["filter[taskIdentifier]=a&filter[taskIdentifier]=b", { taskIdentifier: ["a", "b"] }],
    ["filter[tag]=x", { tag: ["x"] }],
    ["filter[tag]=", { tag: [] }],
    ["filter[batch]=batch_1", { batch: "batch_1" }],
    ["filter[schedule]=sched_1", { schedule: "sched_1" }],
    ["filter[createdAt][from]=1000&filter[createdAt][to]=2000", { from: new Date(1000), to: new Date(2000) }],
    ["filter[createdAt][from]=2026-01-01T00:00:00Z", { from: new Date("2026-01-01T00:00:00Z") }],
    ["filter[createdAt][period]=7d", { period: "7d" }],
    ["page[size]=50&page[after]=abc", { limit: 50, after: "abc" }],
    ["page[before]=abc", { before: "abc" }],
    ["filter%5Bstatus%5D=QUEUED", { status: ["QUEUED"] }],
  ])("is asked for by %j", async (query, expected) => {
    expect(await asked(`/api/v1/runs?${query}`)).toEqual(["listRuns", expected]);
  });

  test.each(["version", "isTest", "queue", "machine", "region"])("by %s is not built, and says so", async (filter) => {
    const { status, body } = await ask(`/api/v1/runs?filter[${filter}]=x`);
    expect([status, body["code"]]).toEqual([400, "unsupported_filter"]);
    expect(body["error"]).toContain(`filter[${filter}]`);
  });

  test.each(["filter[colour]=x", "status=QUEUED", "page=2", "limit=3", "toString=1", "__proto__=1"])(
    "by the unknown %j is refused by name",
    async (query) => {
      const { status, body } = await ask(`/api/v1/runs?${query}`);
      expect([status, body["code"]]).toEqual([400, "unknown_filter"]);
      expect(body["error"]).toContain(query.split("=")[0]);
    },
  );

  test.each([
    ["filter[status]", "DONE"],
    ["filter[status]", "queued"],
    ["filter[batch]", ""],
    ["filter[createdAt][from]", "yesterday"],
    ["filter[createdAt][to]", "99999999999999999"],
    ["page[size]", "ten"],
    ["page[size]", "-1"],
  ])("by %s = %j is refused by name", async (name, value) => {
    const { status, body } = await ask(`/api/v1/runs?${name}=${value}`);
    expect([status, body["code"]]).toEqual([400, "invalid_field"]);
    expect(body["error"]).toContain(name);
  });

  test("by one thing twice that can only be one is refused", async () => {
    expect((await ask("/api/v1/runs?page[size]=1&page[size]=2")).status).toBe(400);
  });
});
