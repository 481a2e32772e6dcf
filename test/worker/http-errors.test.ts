import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from "vitest";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { isClientRequest, isPlatformPath } from "../../worker/http/app.ts";
import { RecordingEngine, ask, type Answered } from "./recording-engine.ts";

let log: MockInstance<typeof console.error>;
beforeEach(() => {
  log = vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => log.mockRestore());

function failWith(failure: unknown): Promise<Answered> {
  const engine = new RecordingEngine();
  engine.failure = failure;
  return ask("/api/v3/runs/run_1", {}, engine);
}

describe("what the engine throws", () => {
  test("is answered as it says when it is a refusal", async () => {
    const { status, body } = await failWith(new RunletApiError(404, "run_not_found", "There is no such run."));
    expect([status, body]).toEqual([404, { error: "There is no such run.", code: "run_not_found" }]);
    expect(log).not.toHaveBeenCalled();
  });

  test("is a refusal by its name and fields, whatever its class", async () => {
    const error = Object.assign(new Error("Full."), { name: "RunletApiError", status: 422, code: "full" });
    expect(await failWith(error)).toMatchObject({ status: 422, body: { error: "Full.", code: "full" } });
  });

  test("does not make clients repeat a conflict", async () => {
    const { status, headers } = await failWith(new RunletApiError(409, "sealed", "The batch is sealed."));
    expect([status, headers.get("x-should-retry")]).toEqual([409, "false"]);
  });

  test.each([
    Object.assign(new Error("gone"), { retryable: true }),
    Object.assign(new Error("too much"), { overloaded: true }),
    new Error("D1_ERROR: Network connection lost."),
    new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long."),
    new Error("D1_ERROR: D1 DB reset because its code was updated."),
    new Error("D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset."),
  ])("is worth another try when it passes by itself: %s", async (error) => {
    const { status, body, headers } = await failWith(error);
    expect([status, body["code"], headers.get("retry-after")]).toEqual([503, "temporarily_unavailable", "1"]);
  });

  test.each([
    new Error("secret detail"),
    new TypeError("x is not a function: secret detail"),
    new Error("D1_ERROR: no such table: secret detail"),
    Object.assign(new Error("secret detail"), { name: "RunletApiError", status: 200, code: "odd" }),
    "secret detail",
  ])("is logged and kept inside otherwise: %s", async (error) => {
    const { status, body } = await failWith(error);
    expect([status, body["code"]]).toEqual([500, "internal_error"]);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(JSON.stringify(log.mock.calls)).toContain("secret detail");
    expect(log.mock.calls[0]?.[0]).toMatchObject({ method: "GET", path: "/api/v3/runs/run_1" });
  });
});

describe("a path", () => {
  test.each(["/", "/api", "/api/v1", "/api/v9/runs", "/api/v1/prompts", "/api/v1/runs/", "/api/v3/runs", "/healthz"])(
    "that is no route is not found: %s",
    async (path) => {
      const { status, body } = await ask(path);
      expect([status, body["code"]]).toEqual([404, "route_not_found"]);
      expect(body["error"]).toContain(path);
    },
  );

  test.each([
    ["GET", "/api/v1/tasks/hello/trigger", "POST"],
    ["POST", "/api/v1/runs", "GET"],
    ["DELETE", "/api/v3/runs/run_1", "GET"],
    ["GET", "/api/v2/runs/run_1/cancel", "POST"],
    ["PUT", "/api/v3/batches", "POST"],
    ["GET", "/api/v3/batches/batch_1/items", "POST"],
    ["POST", "/health", "GET"],
  ])("does not take every method: %s %s", async (method, path, allow) => {
    const { status, body, headers } = await ask(path, { method });
    expect([status, body["code"], headers.get("allow")]).toEqual([405, "method_not_allowed", allow]);
  });

  test("is looked up before its key is asked for", async () => {
    const headers = { authorization: "Bearer wrong" };
    expect((await ask("/api/v1/nothing", { headers })).status).toBe(404);
    expect((await ask("/api/v1/runs", { headers })).status).toBe(401);
  });
});

describe("isPlatformPath", () => {
  test.each([
    "/api/v1/tasks/hello/trigger",
    "/api/v1/runs",
    "/api/v1/runs/run_1/logs",
    "/api/v1/health",
    "/api/v2/runs/run_1/cancel",
    "/api/v2/batches/batch_1",
    "/api/v2/packets/x",
    "/api/v3/runs/run_1",
    "/api/v3/batches",
    "/api/v3/batches/batch_1/items",
    "/api/v1/webhooks/deliveries",
    "/api/v1/schedules/sched_1/activate",
    "/api/v1/timezones",
  ])("claims %s", (path) => {
    expect(isPlatformPath(path, false)).toBe(true);
  });

  test.each([
    "/",
    "/health",
    "/api",
    "/api/orders",
    "/api/v1/runsheets",
    "/api/v1/users",
    "/x/api/v1/runs",
    "/API/v1/runs",
    "/webhooks",
    "/webhook/orders",
  ])("leaves %s to the Worker around it", (path) => {
    expect(isPlatformPath(path, true)).toBe(false);
  });

  test("claims addresses of webhooks in a deployment that has endpoints", () => {
    expect([isPlatformPath("/webhooks/orders", true), isPlatformPath("/webhooks/orders", false)]).toEqual([
      true,
      false,
    ]);
  });
});

test("what the published client asks for is claimed by its header, outside of other paths", () => {
  const headers = { "trigger-version": "4.8.3" };
  const claims = (path: string, init: RequestInit) => isClientRequest(new Request(`http://x${path}`, init), path);
  for (const path of ["/api/v1/prompts", "/realtime/v1/runs/r", "/engine/v1/runs"]) {
    expect([claims(path, { headers }), claims(path, {})]).toEqual([true, false]);
  }
  for (const path of ["/", "/apis", "/x/api/v1/prompts"]) expect(claims(path, { headers })).toBe(false);
});
