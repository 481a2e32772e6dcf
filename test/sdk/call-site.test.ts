import { expect, test } from "vitest";
import { framePlace } from "../../sdk/lib/call-site.ts";

test.each([
  ["V8, in a function", "Error\n    at make (file:///app/src/tasks.ts:12:7)", 0, "/app/src/tasks.ts:12"],
  ["V8, at the top", "Error\n    at file:///app/src/tasks.ts:12:7", 0, "/app/src/tasks.ts:12"],
  ["V8, async", "Error\n    at async make (/app/a b/tasks.ts:1:2)", 0, "/app/a b/tasks.ts:1"],
  ["V8, Windows", "Error\n    at C:\\app\\tasks.ts:3:4", 0, "C:\\app\\tasks.ts:3"],
  ["V8, with a query", "Error\n    at file:///app/tasks.ts?v=1:3:4", 0, "/app/tasks.ts:3"],
  ["workerd", "Error\n    at null.<anonymous> (worker.js:845:12)", 0, "worker.js:845"],
  [
    "JavaScriptCore",
    "callSite@\ntask@http://h/sdk.js:1:2\nglobal code@http://h/tasks.js:30:9",
    2,
    "http://h/tasks.js:30",
  ],
  ["a stack that ends early", "Error\n    at file:///app/tasks.ts:1:1", 4, "unknown place"],
  ["no stack", undefined, 0, "unknown place"],
])("finds the place of a caller in a stack: %s", (_name, stack, depth, place) => {
  expect(framePlace(stack, depth)).toBe(place);
});
