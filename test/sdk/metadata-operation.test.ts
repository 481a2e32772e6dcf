import { describe, expect, test } from "vitest";
import { MetadataDraft } from "../../sdk/lib/metadata-draft.ts";
import {
  applyOperations,
  readMetadataKey,
  segmentsOf,
  type Metadata,
  type MetadataOperation,
} from "../../sdk/lib/metadata-operation.ts";

const set = (key: string, value: unknown): MetadataOperation => ({ type: "set", key, value });
const del = (key: string): MetadataOperation => ({ type: "delete", key });
const append = (key: string, value: unknown): MetadataOperation => ({ type: "append", key, value });
const remove = (key: string, value: unknown): MetadataOperation => ({ type: "remove", key, value });
const increment = (key: string, value: number): MetadataOperation => ({ type: "increment", key, value });

describe("an operation on metadata", () => {
  test.each<[string, Metadata, MetadataOperation, Metadata]>([
    ["sets a field", { a: 1 }, set("b", [2]), { a: 1, b: [2] }],
    ["sets a field to null", { a: 1 }, set("a", null), { a: null }],
    ["takes a dot in a plain key for a letter", {}, set("a.b", 1), { "a.b": 1 }],
    ["sets along a path, which it makes", {}, set("$.a.b.c", 1), { a: { b: { c: 1 } } }],
    ["sets along a path through lists", { a: [{ b: 1 }] }, set("$.a[0].b", 2), { a: [{ b: 2 }] }],
    ["sets the item after the last", { a: [1] }, set("$.a[1]", 2), { a: [1, 2] }],
    ["finds no place beyond the end of a list", { a: [1] }, set("$.a[5]", 2), { a: [1] }],
    ["finds no field of a list", { a: [1] }, set("$.a.b", 2), { a: [1] }],
    ["finds no way through a text", { a: "text" }, set("$.a.b", 2), { a: "text" }],
    ["deletes a field", { a: 1, b: 2 }, del("a"), { b: 2 }],
    ["deletes along a path", { a: { b: 1, c: 2 } }, del("$.a.b"), { a: { c: 2 } }],
    ["deletes an item", { a: [1, 2, 3] }, del("$.a[1]"), { a: [1, 3] }],
    ["makes nothing on the way to what it deletes", {}, del("$.a.b"), {}],
    ["appends to a list", { a: [1] }, append("a", 2), { a: [1, 2] }],
    ["appends a list as one item", { a: [1] }, append("a", [2]), { a: [1, [2]] }],
    ["makes the list that it appends to", {}, append("$.a.b", 1), { a: { b: [1] } }],
    ["makes a list of what is none", { a: 1 }, append("a", 2), { a: [1, 2] }],
    ["removes equal items", { a: [{ x: 1, y: [2] }, 3] }, remove("a", { y: [2], x: 1 }), { a: [3] }],
    ["removes nothing from what is no list", { a: "b" }, remove("a", "b"), { a: "b" }],
    ["adds to a number", { a: 1 }, increment("a", 2), { a: 3 }],
    ["counts what is no number as 0", { a: "1" }, increment("a", 2), { a: 2 }],
    ["adds along a path", { a: { n: 1 } }, increment("$.a.n", -3), { a: { n: -2 } }],
    ["replaces the object", { a: 1 }, { type: "update", value: { b: 1 } }, { b: 1 }],
  ])("%s", (_, before, operation, after) => {
    const frozen = structuredClone(before);
    expect(applyOperations(before, [operation])).toEqual(after);
    expect(before).toEqual(frozen);
  });

  test("leaves fields that objects inherit alone", () => {
    expect(applyOperations({}, [increment("toString", 1), append("constructor", 1)])).toEqual({
      toString: 1,
      constructor: [1],
    });
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
  });
});

describe("a metadata key", () => {
  test.each([
    ["a", ["a"]],
    ["$", ["$"]],
    ["$.a.b", ["a", "b"]],
    ["$.a[0][12].b", ["a", "0", "12", "b"]],
    ["$.a\\.b.c", ["a.b", "c"]],
  ])("%s leads over %j", (key, segments) => expect(segmentsOf(readMetadataKey(key))).toEqual(segments));

  test.each(["", "$.", "$..", "__proto__", "$.a.__proto__.b", "x".repeat(513), 5, undefined])(
    "%j is refused",
    (key) => {
      expect(() => readMetadataKey(key)).toThrow(expect.objectContaining({ status: 400, code: "invalid_metadata" }));
    },
  );
});

describe("a draft", () => {
  const LIMIT = 256 * 1024;

  test("takes no operation that would take it over the limit, and stays as it was", () => {
    const draft = new MetadataDraft();
    expect(draft.apply([set("a", "x".repeat(LIMIT - '{"a":""}'.length))])).toBe(true);
    const full = draft.value;
    expect(draft.apply([set("b", 1)])).toBe(false);
    expect(draft.value).toBe(full);
    expect(draft.apply([del("a"), set("b", 1)])).toBe(true);
    expect(draft.value).toEqual({ b: 1 });
  });

  test("counts bytes, not characters", () => {
    expect(new MetadataDraft().apply([set("a", "ä".repeat(LIMIT / 2))])).toBe(false);
    expect(new MetadataDraft().apply([set("a", "ä".repeat(LIMIT / 2 - 10))])).toBe(true);
  });

  test("notices growth by many small steps", () => {
    const draft = new MetadataDraft();
    const item = "x".repeat(1000);
    let taken = 0;
    while (draft.apply([append("list", item)])) taken += 1;
    expect(taken).toBe(Math.floor((LIMIT - '{"list":[]}'.length + 1) / (item.length + 3)));
    expect(JSON.stringify(draft.value).length).toBeLessThanOrEqual(LIMIT);
  });
});
