import { expect, test } from "vitest";
import { packMessages, RUNS_PER_MESSAGE } from "../../worker/objects/dispatcher.ts";

function ready(count: number, alone = false) {
  return Array.from({ length: count }, (_, i) => ({ n: `s${i}`, epoch: 0, alone }));
}

test("runs that became ready together go in messages of a fixed size", () => {
  const messages = packMessages("g", ready(2 * RUNS_PER_MESSAGE + 1));
  expect(messages.map((message) => message.runs.length)).toEqual([RUNS_PER_MESSAGE, RUNS_PER_MESSAGE, 1]);
  expect(messages.flatMap((message) => message.runs.map(({ n }) => n))).toEqual(
    ready(2 * RUNS_PER_MESSAGE + 1).map(({ n }) => n),
  );
  expect(messages.every((message) => message.alone === undefined)).toBe(true);
});

test("a run that a crash has set apart is alone in its message, and marked so", () => {
  const messages = packMessages("g", [...ready(2), ...ready(2, true)]);
  expect(messages.filter((message) => message.alone === true).map((message) => message.runs.length)).toEqual([1, 1]);
  expect(messages.filter((message) => message.alone !== true).map((message) => message.runs.length)).toEqual([2]);
});

test("a message stays below 128 KB however long the paths are", () => {
  const long = Array.from({ length: 100 }, (_, i) => ({ n: "a".repeat(4_000) + i, epoch: 1, alone: false }));
  for (const message of packMessages("g", long)) expect(JSON.stringify(message).length).toBeLessThan(128_000);
});
