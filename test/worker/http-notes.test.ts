import { describe, expect, test } from "vitest";
import { RecordingEngine, ask, post, type Answered } from "./recording-engine.ts";

const PATH = "/api/v1/runs/run_1/metadata";

async function put(body: unknown, engine = new RecordingEngine()): Promise<Answered> {
  const headers = { "content-type": "application/json", "x-trigger-request-idempotency-key": "key" };
  return ask(PATH, { method: "PUT", body: JSON.stringify(body), headers }, engine);
}

describe("the metadata of a run", () => {
  test("is read and changed on one path, which takes nothing else", async () => {
    expect(await ask(PATH)).toMatchObject({ status: 200, body: { metadata: { a: 1 } } });
    expect(await put({ metadata: { a: 2 } })).toMatchObject({ status: 200, body: { metadata: { a: 2 } } });
    const { status, headers } = await ask(PATH, { method: "DELETE" });
    expect([status, headers.get("allow")]).toEqual([405, "GET, PUT"]);
  });

  test("is changed by all operations of the published client, in their order", async () => {
    const engine = new RecordingEngine();
    const operations = [
      { type: "set", key: "$.a.b", value: [1] },
      { type: "delete", key: "c" },
      { type: "append", key: "d", value: null },
      { type: "remove", key: "d", value: 1 },
      { type: "increment", key: "n", value: -1 },
      { type: "update", value: { all: true } },
    ];
    await put(
      { metadata: { start: 1 }, operations, parentOperations: operations.slice(0, 1), rootOperations: null },
      engine,
    );
    expect(engine.calls[0]).toEqual([
      "changeMetadata",
      "run_1",
      {
        requestKey: "key",
        operations: [{ type: "update", value: { start: 1 } }, ...operations],
        above: [{ of: "parent", operation: operations[0] }],
      },
    ]);
  });

  test.each<[string, unknown, string]>([
    ["a list", { metadata: [] }, "invalid_metadata"],
    ["operations that are no list", { operations: {} }, "invalid_field"],
    ["an unknown operation", { operations: [{ type: "push", key: "a", value: 1 }] }, "invalid_field"],
    ["an operation without a key", { operations: [{ type: "set", value: 1 }] }, "invalid_metadata"],
    ["an operation without a value", { operations: [{ type: "set", key: "a" }] }, "invalid_metadata"],
    ["an increment by a word", { operations: [{ type: "increment", key: "a", value: "1" }] }, "invalid_field"],
    ["the prototype", { operations: [{ type: "set", key: "$.__proto__.a", value: 1 }] }, "invalid_metadata"],
    ["an unknown field", { meta: {} }, "unknown_field"],
  ])("is not changed by %s", async (_, body, code) => {
    expect(await put(body)).toMatchObject({ status: 400, body: { code } });
  });

  test("over 256 KiB is refused, at the trigger too", async () => {
    const metadata = { a: "x".repeat(256 * 1024) };
    const refusal = { status: 413, body: { code: "metadata_too_large", error: expect.stringContaining("262144") } };
    expect(await put({ metadata })).toMatchObject(refusal);
    expect(await post("/api/v1/tasks/hello/trigger", { options: { metadata } })).toMatchObject(refusal);
  });

  test("has fields with names of 512 characters at most, however it is given", async () => {
    const [fits, long] = [{ ["x".repeat(512)]: 1 }, { ["x".repeat(513)]: 1 }];
    const trigger = (metadata: unknown) => post("/api/v1/tasks/hello/trigger", { options: { metadata } });
    const why = expect.stringContaining("a field with a name of 513 characters; the limit is 512");
    for (const metadata of [long, JSON.stringify(long)]) {
      expect(await trigger(metadata)).toMatchObject({ status: 400, body: { code: "invalid_option", error: why } });
    }
    expect((await trigger(long)).body["error"]).toContain("options.metadata");
    expect(await put({ metadata: long })).toMatchObject({
      status: 400,
      body: { code: "invalid_metadata", error: why },
    });
    const operations = [{ type: "update", value: long }];
    expect(await put({ operations })).toMatchObject({ status: 400, body: { code: "invalid_metadata", error: why } });
    expect([(await trigger(fits)).status, (await put({ metadata: fits })).status]).toEqual([200, 200]);
  });

  test("at the trigger is an object, or the text of one", async () => {
    for (const metadata of [{ a: 1 }, '{"a":1}']) {
      const engine = new RecordingEngine();
      await post("/api/v1/tasks/hello/trigger", { options: { metadata, metadataType: "application/json" } }, engine);
      expect(engine.calls[0]?.[1]).toMatchObject({ options: { metadata: '{"a":1}' } });
    }
    const { status, body } = await post("/api/v1/tasks/hello/trigger", { options: { metadata: [1] } });
    expect([status, body["code"]]).toEqual([400, "invalid_option"]);
    expect(body["error"]).toContain("options.metadata must be a JSON object");
  });
});

describe("tags of a run", () => {
  test("are added, one or several", async () => {
    const engine = new RecordingEngine();
    expect(await post("/api/v1/runs/run_1/tags", { tags: "a" }, engine)).toMatchObject({
      status: 200,
      body: { message: "Added." },
    });
    await post("/api/v1/runs/run_1/tags", { tags: ["a", "b"] }, engine);
    expect(engine.calls).toEqual([
      ["addTags", "run_1", ["a"]],
      ["addTags", "run_1", ["a", "b"]],
    ]);
  });

  test.each([undefined, {}, { tags: 5 }, { tags: [""] }, { tags: ["x".repeat(129)] }, { tags: "a", more: 1 }])(
    "are refused in the form %j",
    async (body) => {
      expect((await post("/api/v1/runs/run_1/tags", body ?? "")).status).toBe(400);
    },
  );
});
