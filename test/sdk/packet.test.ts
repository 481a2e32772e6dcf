import { describe, expect, test } from "vitest";
import { decodePacket, encodePacket, packetToJson } from "../../sdk/lib/packet.ts";

describe("a packet", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["an empty string", ""],
    ["a string that looks like JSON", '{"a":1}'],
    ["a number", 1.5],
    ["NaN", Number.NaN],
    ["minus zero", -0],
    ["false", false],
    ["a BigInt", 123456789012345678901234567890n],
    ["a Date", new Date("2026-01-02T03:04:05.678Z")],
    [
      "a Map",
      new Map<unknown, unknown>([
        ["a", 1],
        [2, new Date(0)],
      ]),
    ],
    ["a Set", new Set([1, "a", undefined])],
    ["a URL", new URL("https://example.com/a?b=c")],
    ["a regular expression", /a+/gi],
    ["an array with undefined in it", [1, undefined, null]],
    ["an object with an undefined field", { a: undefined, b: null }],
    ["nested values", { runs: [{ at: new Date(1), ids: new Set([1n]), by: new Map([["x", { y: undefined }]]) }] }],
    ["text beyond ASCII", { ключ: "日本 🎉 \u2028" }],
    ["keys with dots", { "a.b": { "c\\d": new Date(3) } }],
  ])("keeps %s", (_name, value) => {
    const packet = JSON.parse(JSON.stringify(encodePacket(value))) as ReturnType<typeof encodePacket>;
    expect(decodePacket(packet)).toStrictEqual(value);
  });

  test("keeps an Error's name and message", () => {
    const revived = decodePacket(encodePacket(new TypeError("no")));
    expect(revived).toBeInstanceOf(Error);
    expect(revived).toMatchObject({ name: "TypeError", message: "no" });
  });

  test("keeps one object met twice as one", () => {
    const shared = { at: new Date(0) };
    const { a, b } = decodePacket(encodePacket({ a: shared, b: shared })) as { a: unknown; b: unknown };
    expect(a).toBe(b);
  });

  test("is written as the published client writes it", () => {
    expect(encodePacket(undefined)).toEqual({ type: "application/json" });
    expect(encodePacket("a")).toEqual({ type: "text/plain", data: "a" });
    expect(encodePacket({ a: 1 })).toEqual({ type: "application/super+json", data: '{"json":{"a":1}}' });
  });

  test("shows plain JSON to readers without superjson", () => {
    expect(packetToJson(encodePacket({ at: new Date(0) }))).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect(packetToJson(encodePacket("a"))).toBe("a");
    expect(packetToJson(encodePacket(undefined))).toBeUndefined();
    expect(packetToJson({ type: "application/json", data: "[1]" })).toEqual([1]);
  });

  test("refuses text that is not of its type", () => {
    expect(() => decodePacket({ type: "application/json", data: "{" })).toThrow(SyntaxError);
  });
});
