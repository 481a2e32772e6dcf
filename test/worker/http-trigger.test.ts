import { describe, expect, test } from "vitest";
import type { TriggerRequest } from "../../sdk/lib/door.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { KEY, post, RecordingEngine, ask, type Answered } from "./recording-engine.ts";

const PATH = "/api/v1/tasks/hello/trigger";

async function triggered(body: unknown, headers: HeadersInit = {}): Promise<TriggerRequest> {
  const engine = new RecordingEngine();
  const answer = await post(PATH, body, engine, headers);
  expect([answer.status, answer.body]).toEqual([200, { id: "run_1", isCached: false }]);
  return engine.calls[0]?.[1] as TriggerRequest;
}

async function refused(body: unknown): Promise<readonly [number, unknown, unknown]> {
  const engine = new RecordingEngine();
  const { status, body: answer } = await post(PATH, body, engine);
  expect(engine.calls).toEqual([]);
  return [status, answer["code"], answer["error"]];
}

describe("the payload of a trigger", () => {
  test.each<[string, unknown, unknown]>([
    ["nothing", {}, { type: "application/json" }],
    ["no body", "", { type: "application/json" }],
    ["null", { payload: null }, { type: "application/json", data: "null" }],
    ["any JSON", { payload: { a: [1] } }, { type: "application/json", data: '{"a":[1]}' }],
    ["a string", { payload: "hi" }, { type: "application/json", data: '"hi"' }],
    ["text", { payload: "hi", options: { payloadType: "text/plain" } }, { type: "text/plain", data: "hi" }],
    [
      "JSON text",
      { payload: "[1]", options: { payloadType: "application/json" } },
      { type: "application/json", data: "[1]" },
    ],
    [
      "typed JSON",
      { payload: [1], options: { payloadType: "application/json" } },
      { type: "application/json", data: "[1]" },
    ],
    [
      "superjson",
      { payload: '{"json":1}', options: { payloadType: "application/super+json", payloadSize: 10 } },
      { type: "application/super+json", data: '{"json":1}' },
    ],
    [
      "undefined, as the client sends it",
      { options: { payloadType: "application/json", payloadSize: 0 } },
      { type: "application/json" },
    ],
  ])("is taken as %s", async (_, body, payload) => {
    expect((await triggered(body)).payload).toEqual(payload);
  });

  test.each<[string, unknown, string]>([
    ["JSON text that is none", { payload: "{", options: { payloadType: "application/json" } }, "payload"],
    ["superjson that is plain JSON", { payload: "[1]", options: { payloadType: "application/super+json" } }, "payload"],
    ["text that is none", { payload: 1, options: { payloadType: "text/plain" } }, "payload"],
    ["a made-up type", { payload: "x", options: { payloadType: "text/html" } }, "options.payloadType"],
    ["a type that is no string", { payload: "x", options: { payloadType: 1 } }, "options.payloadType"],
  ])("is refused as %s, by the name of the field", async (_, body, field) => {
    const [status, code, message] = await refused(body);
    expect([status, code]).toEqual([400, "invalid_field"]);
    expect(message).toMatch(new RegExp(`^${field} must be `));
  });

  test("may be as large as the limit, escaped or not, and no larger", async () => {
    const largest = '"'.repeat(LIMITS.payloadBytes);
    const options = { payloadType: "text/plain" };
    expect((await triggered({ payload: largest, options })).payload.data).toBe(largest);
    const [status, code, message] = await refused({ payload: `${largest}x`, options });
    expect([status, code]).toEqual([413, "payload_too_large"]);
    expect(message).toContain(String(LIMITS.payloadBytes));
  });

  test("is counted in bytes", async () => {
    const [status] = await refused({
      payload: "ü".repeat(LIMITS.payloadBytes / 2 + 1),
      options: { payloadType: "text/plain" },
    });
    expect(status).toBe(413);
  });

  test("that was put at an address before is given by that", async () => {
    const engine = new RecordingEngine();
    const body = { payload: "packet_1", options: { payloadType: "application/store", payloadSize: 200_000 } };
    await post("/api/v1/tasks/hello/trigger", body, engine);
    const payload = { type: "application/store", address: "packet_1" };
    expect(engine.calls.at(-1)).toMatchObject(["trigger", { payload, options: {} }]);
    for (const wrong of [undefined, "", 7]) {
      const [status, code, message] = await refused({ ...body, payload: wrong });
      expect([status, code]).toEqual([400, "invalid_field"]);
      expect(message).toContain("payload must be the address of a packet");
    }
  });
});

describe("the body of a trigger", () => {
  const oversized = "x".repeat(1024 * 1024);

  test("is refused once it is too long, without being read to its end", async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new TextEncoder().encode(oversized));
      },
    });
    const answer = await ask(PATH, { method: "POST", body, headers: { "content-type": "application/json" } });
    expect([answer.status, answer.body["code"]]).toEqual([413, "payload_too_large"]);
    expect(sent).toBeLessThan(12);
  });

  test("is refused by its announced length alone", async () => {
    const headers = { "content-type": "application/json", "content-length": "7000000" };
    const answer = await ask(PATH, { method: "POST", body: "{}", headers });
    expect(answer.status).toBe(413);
  });

  test("may come in pieces, with no length announced", async () => {
    const engine = new RecordingEngine();
    const bytes = new TextEncoder().encode('{"payload":"ü"}');
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    await ask(PATH, { method: "POST", body, headers: { "content-type": "application/json" } }, engine);
    expect(engine.calls[0]?.[1]).toMatchObject({ payload: { data: '"ü"' } });
  });

  test.each(["{", "hello", '{"payload":}', "undefined"])("%j is malformed", async (body) => {
    expect((await refused(body)).slice(0, 2)).toEqual([400, "malformed_json"]);
  });

  test.each(["[]", "1", '"x"', '{"options":[]}', '{"options":"x"}'])("%s is of the wrong type", async (body) => {
    expect((await refused(body)).slice(0, 2)).toEqual([400, "invalid_field"]);
  });

  test("with a field of another name is refused, not half obeyed", async () => {
    const [status, code, message] = await refused({ payload: 1, tags: ["a"] });
    expect([status, code]).toEqual([400, "unknown_field"]);
    expect(message).toContain('"tags"');
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])(
    "of the content type %j is refused",
    async (type) => {
      const { status, body } = await post(PATH, "{}", undefined, { "content-type": type });
      expect([status, body["code"]]).toEqual([415, "unsupported_content_type"]);
      expect(body["error"]).toContain("application/json");
    },
  );

  test("may name a charset", async () => {
    expect((await post(PATH, "{}", undefined, { "content-type": "Application/JSON; charset=utf-8" })).status).toBe(200);
  });

  test("whose sender goes away is no fault of the platform", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new Error("connection reset"));
      },
    });
    const answer = await ask(PATH, { method: "POST", body, headers: { "content-type": "application/json" } });
    expect([answer.status, answer.body["code"]]).toEqual([400, "incomplete_body"]);
  });
});

describe("the options of a trigger", () => {
  test("are kept when they are built", async () => {
    const { options } = await triggered({ options: { tags: ["a", "b"], maxAttempts: 5 } });
    expect(options).toEqual({ tags: ["a", "b"], maxAttempts: 5 });
    const times = { delay: "1h", ttl: "10m", maxDuration: 60, priority: -5, test: true };
    expect((await triggered({ options: times })).options).toEqual({ ...times, ttl: 600 });
    expect((await triggered({ options: { tags: "one" } })).options).toEqual({ tags: ["one"] });
  });

  test("that ask for nothing are passed over", async () => {
    const options = { test: false, resumeParentOnCompletion: false, delay: null, queue: null, tags: null };
    expect((await triggered({ options })).options).toEqual({});
  });

  test("for machines, regions and versions are taken without effect", async () => {
    const kept = { machine: "small-1x", region: "eu", lockToVersion: "20260601.1" };
    expect((await triggered({ options: { ...kept, externalDeploymentId: "abc" } })).options).toEqual(kept);
  });

  test.each([
    ["gates", ["g"]],
    ["concurrency", 1],
    ["parentRunId", "run_1"],
    ["resumeParentOnCompletion", true],
  ])("that are not built are refused by name: %s", async (name, value) => {
    const [status, code, message] = await refused({ options: { [name]: value } });
    expect([status, code]).toEqual([400, "unsupported_option"]);
    expect(message).toContain(`"${name}"`);
  });

  test("that nobody knows are refused by name", async () => {
    const [status, code, message] = await refused({ options: { maxAttemps: 3 } });
    expect([status, code]).toEqual([400, "unknown_option"]);
    expect(message).toContain('"maxAttemps"');
  });

  test.each<[string, unknown]>([
    ["tags", 5],
    ["tags", [1]],
    ["tags", { a: 1 }],
    ["maxAttempts", "3"],
    ["delay", 5],
    ["delay", "soon"],
    ["delay", "5300w"],
    ["ttl", "soon"],
    ["maxDuration", 4],
    ["priority", "high"],
    ["test", "yes"],
    ["machine", {}],
    ["tags", Array.from({ length: 11 }, String)],
    ["tags", [""]],
    ["tags", ["x".repeat(129)]],
    ["maxAttempts", 0],
    ["maxAttempts", 251],
    ["maxAttempts", 1.5],
  ])("out of range or of the wrong type are refused by name: %s %j", async (name, value) => {
    const [status, code, message] = await refused({ options: { [name]: value } });
    expect([status, code]).toEqual([400, "invalid_option"]);
    expect(message).toContain(`options.${name} `);
  });
});

describe("a trigger", () => {
  test("names its task as it was encoded", async () => {
    const engine = new RecordingEngine();
    await post(`/api/v1/tasks/${encodeURIComponent("a/b c%ü")}/trigger`, {}, engine);
    expect(engine.calls[0]?.[1]).toMatchObject({ task: "a/b c%ü" });
  });

  test("keeps the request key of its client", async () => {
    expect((await triggered({}, { "x-trigger-request-idempotency-key": "key-1" })).requestKey).toBe("key-1");
  });

  test("without request key gets one of its own, ordered by time", async () => {
    const keys = [(await triggered({})).requestKey, (await triggered({})).requestKey];
    expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  test("with a request key that is too long is refused", async () => {
    const { status, body } = await post(PATH, {}, undefined, { "x-trigger-request-idempotency-key": "k".repeat(2049) });
    expect([status, body["code"]]).toEqual([400, "invalid_field"]);
  });
});

describe("the token of a handle", () => {
  const published = { "trigger-version": "4.8.3" };

  async function claimsOf({ headers }: Answered): Promise<Record<string, unknown>> {
    const [head = "", claims = "", signature = ""] = (headers.get("x-trigger-jwt") ?? "").split(".");
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(KEY), algorithm, false, ["verify"]);
    const signed = new TextEncoder().encode(`${head}.${claims}`);
    expect(await crypto.subtle.verify("HMAC", key, Buffer.from(signature, "base64url"), signed)).toBe(true);
    expect(JSON.parse(atob(head))).toEqual({ alg: "HS256", typ: "JWT" });
    return JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
  }

  test("is signed with the client's key and reads that run for an hour", async () => {
    const claims = await claimsOf(await post(PATH, {}, undefined, published));
    expect(claims).toMatchObject({ pub: true, scopes: ["read:runs:run_1"], aud: "https://api.trigger.dev" });
    expect(Number(claims["exp"]) - Number(claims["iat"])).toBe(3600);
  });

  test("comes with a batch, too", async () => {
    const claims = await claimsOf(await post("/api/v3/batches", { runCount: 1 }, undefined, published));
    expect(claims["scopes"]).toEqual(["read:batch:batch_1"]);
  });

  test("is not made for clients that do not look for it", async () => {
    expect((await post(PATH, {})).headers.has("x-trigger-jwt")).toBe(false);
  });
});
