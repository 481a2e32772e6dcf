import { beforeAll, describe, expect, inject, test } from "vitest";
import { tasks } from "../../sdk/index.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { add } from "../support/tasks-runs.ts";
import { call, connect, outputOf } from "./api.ts";

beforeAll(connect);

interface Bad {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  /** What the message must name. */
  readonly says?: string | RegExp;
}

const TRIGGER = "/api/v1/tasks/add/trigger";

/** Ids of the right form: the group of one is no object of this platform, the other one's holds no such run. */
const MADE_UP_GROUP = `run_${"A".repeat(43)}_k`;

const BAD: Readonly<Record<string, Bad>> = {
  "an unknown task": { path: "/api/v1/tasks/no-such-task/trigger", body: {}, status: 404, code: "task_not_found" },
  "a task whose name is nearly right": {
    path: "/api/v1/tasks/adb/trigger",
    body: {},
    status: 404,
    code: "task_not_found",
    says: 'Did you mean "add"',
  },
  "malformed JSON": { path: TRIGGER, body: '{"payload":', status: 400, code: "malformed_json" },
  "a body that is no object": { path: TRIGGER, body: "[1]", status: 400, code: "invalid_field", says: "the body" },
  "options of the wrong type": {
    path: TRIGGER,
    body: { options: [] },
    status: 400,
    code: "invalid_field",
    says: "options",
  },
  "tags of the wrong type": {
    path: TRIGGER,
    body: { options: { tags: [1] } },
    status: 400,
    code: "invalid_option",
    says: "options.tags",
  },
  "too many tags": {
    path: TRIGGER,
    body: { options: { tags: Array.from({ length: 11 }, String) } },
    status: 400,
    code: "invalid_option",
    says: "options.tags",
  },
  "attempts of the wrong type": {
    path: TRIGGER,
    body: { options: { maxAttempts: "3" } },
    status: 400,
    code: "invalid_option",
    says: "options.maxAttempts",
  },
  "attempts out of range": {
    path: TRIGGER,
    body: { options: { maxAttempts: 251 } },
    status: 400,
    code: "invalid_option",
    says: "options.maxAttempts",
  },
  "an option that is not built yet": {
    path: TRIGGER,
    body: { options: { gates: ["q"] } },
    status: 400,
    code: "unsupported_option",
    says: '"gates"',
  },
  "an option that nobody knows": {
    path: TRIGGER,
    body: { options: { colour: "red" } },
    status: 400,
    code: "unknown_option",
    says: '"colour"',
  },
  "a payload that is not of its type": {
    path: TRIGGER,
    body: { payload: "{", options: { payloadType: "application/json" } },
    status: 400,
    code: "invalid_field",
    says: "payload",
  },
  "another content type": {
    path: TRIGGER,
    body: "payload=1",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    status: 415,
    code: "unsupported_content_type",
    says: "application/json",
  },
  "a method that the route does not take": {
    method: "DELETE",
    path: TRIGGER,
    status: 405,
    code: "method_not_allowed",
    says: "POST",
  },
  "a route that does not exist in the API": {
    method: "GET",
    path: "/api/v1/runs/x/y/z",
    status: 404,
    code: "route_not_found",
  },
  "an unknown run": {
    method: "GET",
    path: "/api/v3/runs/run_none",
    status: 404,
    code: "run_not_found",
    says: "run_none",
  },
  "a made-up run": { method: "GET", path: `/api/v3/runs/${MADE_UP_GROUP}`, status: 404, code: "not_found" },
  "a cancellation of an unknown run": { path: "/api/v2/runs/run_none/cancel", status: 404, code: "run_not_found" },
  "a cancellation of a made-up run": { path: `/api/v2/runs/${MADE_UP_GROUP}/cancel`, status: 404, code: "not_found" },
  "an unknown batch": { method: "GET", path: "/api/v2/batches/batch_none", status: 404, code: "batch_not_found" },
  "an unknown filter": {
    method: "GET",
    path: "/api/v1/runs?filter[colour]=red",
    status: 400,
    code: "unknown_filter",
    says: "filter[colour]",
  },
  "a filter that is not built yet": {
    method: "GET",
    path: "/api/v1/runs?filter[version]=1",
    status: 400,
    code: "unsupported_filter",
    says: "filter[version]",
  },
  "a status that does not exist": {
    method: "GET",
    path: "/api/v1/runs?filter[status]=BUSY",
    status: 400,
    code: "invalid_field",
    says: "BUSY",
  },
  "a page that is too large": {
    method: "GET",
    path: "/api/v1/runs?page[size]=101",
    status: 400,
    code: "invalid_query",
  },
  "a batch of nothing": {
    path: "/api/v3/batches",
    body: { runCount: 0 },
    status: 400,
    code: "invalid_field",
    says: "runCount",
  },
  "a batch without its count": {
    path: "/api/v3/batches",
    body: {},
    status: 400,
    code: "invalid_field",
    says: "runCount",
  },
  "a batch that is too large": {
    path: "/api/v3/batches",
    body: { runCount: LIMITS.batchItems + 1 },
    status: 413,
    code: "batch_too_large",
    says: String(LIMITS.batchItems),
  },
  "an option of a batch that is not built yet": {
    path: "/api/v3/batches",
    body: { runCount: 1, parentRunId: "run_1" },
    status: 400,
    code: "unsupported_option",
    says: '"parentRunId"',
  },
  "a payload at an address that was not given out": {
    path: "/api/v1/tasks/echo/trigger",
    body: { payload: "trigger/packet_1/payload.json", options: { payloadType: "application/store" } },
    status: 400,
    code: "invalid_packet_address",
    says: "PUT /api/v2/packets/{name}",
  },
  "a type of payload that is not known": {
    path: "/api/v1/tasks/echo/trigger",
    body: { payload: "x", options: { payloadType: "text/html" } },
    status: 400,
    code: "invalid_field",
    says: "application/store",
  },
};

test.each(Object.entries(BAD))(
  "%s is refused",
  async (_, { method = "POST", path, body, headers, status, code, says }) => {
    const answer = await call(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.body.error).toEqual(expect.any(String));
    if (says !== undefined) expect(answer.body.error).toContain(says);
  },
);

test("a payload over the limit is refused with 413 and the limit", async () => {
  const body = { payload: "x".repeat(LIMITS.payloadBytes + 1), options: { payloadType: "text/plain" } };
  const answer = await call("POST", "/api/v1/tasks/echo/trigger", { body });
  expect(answer).toMatchObject({ status: 413, body: { code: "payload_too_large" } });
  expect(answer.body.error).toContain(String(LIMITS.payloadBytes));
});

test("a body far over the limit is refused before it has been read", async () => {
  const body = { payload: "x".repeat(40_000_000) };
  const { url, key } = inject("platform");
  // The server may answer or hang up while the client still sends.
  const status = await fetch(`${url}/api/v1/tasks/echo/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  }).then(
    (response) => response.status,
    () => "hung up",
  );
  expect([413, "hung up"]).toContain(status);
  expect(await outputOf(await add.trigger({ a: 1, b: 1 }))).toBe(2);
});

test("an id that differs from a real run's in its end is not found", async () => {
  const { id } = await add.trigger({ a: 1, b: 1 });
  await outputOf(id);
  for (const other of [`${id}0`, `${id}.add-0`, id.slice(0, -1)]) {
    expect(await call("GET", `/api/v3/runs/${other}`)).toMatchObject({ status: 404, body: { code: "run_not_found" } });
  }
});

describe("keys", () => {
  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ["no key", { authorization: "" }, "missing_key"],
    ["a key in another scheme", { authorization: "Basic abc" }, "missing_key"],
    ["a wrong key", { authorization: "Bearer tr_dev_wrong" }, "invalid_key"],
  ])("%s is refused with 401", async (_, headers, code) => {
    for (const [method, path] of [
      ["POST", TRIGGER],
      ["GET", "/api/v1/runs"],
      ["GET", "/api/v3/runs/run_none"],
      ["POST", "/api/v2/runs/run_none/cancel"],
      ["POST", "/api/v3/batches"],
    ] as const) {
      expect(await call(method, path, { headers })).toMatchObject({ status: 401, body: { code } });
    }
  });

  test("the health route needs none", async () => {
    const { url } = inject("platform");
    for (const path of ["/api/v1/health"]) {
      const response = await fetch(url + path);
      expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
    }
  });
});

test("the SDK throws what the platform answers", async () => {
  await expect(tasks.trigger("ad", {})).rejects.toMatchObject({
    name: "RunletApiError",
    status: 404,
    code: "task_not_found",
    message: expect.stringContaining('"add"'),
  });
});
