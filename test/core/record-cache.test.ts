import { expect, test } from "vitest";
import { RecordCache } from "../../worker/engine/record-cache.ts";
import { executing } from "../support/run-records.ts";

const ERROR = { name: "Error", message: "x".repeat(500) };
const PAST = Array.from({ length: 10 }, (_, i) => ({ number: i + 1, startedAt: 1, finishedAt: 2, error: ERROR }));

test.each([
  ["their errors of earlier attempts", { pastAttempts: PAST }],
  ["their tags", { tags: Array.from({ length: 10 }, () => "t".repeat(500)) }],
])("records are given up by how much they hold, %s among it", (_, fields) => {
  const cache = new RecordCache();
  const keep = (n: string) => cache.set(n, { entry: { kind: "run", record: { ...executing(), ...fields, n } } });
  keep("first");
  for (let i = 0; i < 1_000; i += 1) keep(`r${i}`);
  expect(cache.get("first")).toBeDefined();
  for (let i = 1_000; i < 2_000; i += 1) keep(`r${i}`);
  expect(cache.get("first")).toBeUndefined();
  expect(cache.get("r1999")).toBeDefined();
});
