import { expect, test } from "vitest";
import { RecordCache } from "../../worker/engine/record-cache.ts";
import { RestingCaches } from "../../worker/engine/resting-caches.ts";
import { executing } from "../support/run-records.ts";

/** A cache of about a million characters. */
function millionth(): RecordCache {
  const cache = new RecordCache();
  const tags = Array.from({ length: 10 }, () => "t".repeat(970));
  for (let i = 0; i < 100; i += 1)
    cache.set(`r${i}`, { entry: { kind: "run", record: { ...executing(), n: `r${i}`, tags } } });
  return cache;
}

function rested(count: number): { resting: RestingCaches; caches: RecordCache[] } {
  const resting = new RestingCaches();
  const caches = Array.from({ length: count }, millionth);
  for (const cache of caches) resting.add(cache);
  return { resting, caches };
}

test("the latest that fit together keep what they know, and the oldest are cleared", () => {
  const { caches } = rested(6);
  expect(caches.map((cache) => cache.get("r99") !== undefined)).toEqual([false, false, true, true, true, true]);
});

test("one that rests again counts once, and as the latest", () => {
  const { resting, caches } = rested(4);
  for (let i = 0; i < 10; i += 1) for (const cache of caches) resting.add(cache);
  expect(caches.every((cache) => cache.get("r0") !== undefined)).toBe(true);
  const [first] = caches;
  if (first !== undefined) resting.add(first);
  resting.add(millionth());
  expect(caches.map((cache) => cache.get("r0") !== undefined)).toEqual([true, false, true, true]);
});

test("one that has grown since it went to rest is counted as it is when it rests again", () => {
  const { resting, caches } = rested(4);
  const [first] = caches;
  first?.set("more", { entry: { kind: "run", record: { ...executing(), n: "more", tags: ["t".repeat(900_000)] } } });
  if (first !== undefined) resting.add(first);
  expect(caches.map((cache) => cache.get("r0") !== undefined)).toEqual([true, false, true, true]);
});
