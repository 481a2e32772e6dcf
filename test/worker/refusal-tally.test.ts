import { beforeEach, expect, test } from "vitest";
import { RefusalTally } from "../../worker/http/refusal-tally.ts";

let now = 0;
let lines: string[] = [];
let tally = new RefusalTally(
  () => now,
  (line) => lines.push(line),
);

beforeEach(() => {
  [now, lines] = [1_000_000, []];
  tally = new RefusalTally(
    () => now,
    (line) => lines.push(line),
  );
});

test("the first refusal is told of at once, those of the next seconds in one line with the next request", () => {
  tally.add("orders", "signature_invalid", "It does not fit.");
  expect(lines).toEqual(["runlet: webhook requests refused: 1 × orders: signature_invalid (It does not fit.)"]);
  for (let i = 0; i < 10_000; i += 1)
    tally.add("orders", i % 4 === 0 ? "timestamp_invalid" : "signature_invalid", `${i}`);
  now += 4_999;
  tally.tellIfDue();
  expect(lines.length).toBe(1);
  now += 1;
  tally.tellIfDue();
  expect(lines[1]).toBe(
    "runlet: webhook requests refused: 2500 × orders: timestamp_invalid (9996); 7500 × orders: signature_invalid (9999)",
  );
});

test("nothing is told when nothing was refused", () => {
  now += 60_000;
  tally.tellIfDue();
  tally.add("orders", "too_large", "");
  now += 60_000;
  tally.tellIfDue();
  expect(lines.length).toBe(1);
});

test("a line does not grow with what a stranger has sent", () => {
  tally.add("orders", "body_malformed", "x".repeat(100_000));
  expect(lines.join().length).toBeLessThan(400);
});
