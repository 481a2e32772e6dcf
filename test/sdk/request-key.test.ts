import { expect, test } from "vitest";
import { newRequestKey, requestKeyFrom } from "../../sdk/lib/request-key.ts";

test("a request key is a UUIDv7", () => {
  expect(newRequestKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a request key begins with the time", () => {
  const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const key = newRequestKey(time);
  expect(Number.parseInt(key.replace("-", "").slice(0, 12), 16)).toBe(time);
});

test("keys of later milliseconds sort after earlier ones", () => {
  expect(newRequestKey(1_800_000_000_000) < newRequestKey(1_800_000_000_001)).toBe(true);
});

test("no two keys are alike", () => {
  expect(new Set(Array.from({ length: 10_000 }, () => newRequestKey(0))).size).toBe(10_000);
});

test("a key made from a name is a UUIDv7 of its time, the same each time and no other name's", async () => {
  const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const key = await requestKeyFrom(time, "a");
  expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(key.replace("-", "").slice(0, 12), 16)).toBe(time);
  expect(await requestKeyFrom(time, "a")).toBe(key);
  expect((await requestKeyFrom(time, "b")).slice(-12)).not.toBe(key.slice(-12));
  expect((await requestKeyFrom(time + 1, "a")).slice(-12)).toBe(key.slice(-12));
});
