import { describe, expect, test } from "vitest";
import { owedDelay, resendDelay } from "../../worker/core/retry.ts";

describe("resendDelay", () => {
  test("is 15 s, then twice as long each time, 10 min at most", () => {
    expect([0, 1, 2, 5, 6, 100].map(resendDelay)).toEqual([15_000, 30_000, 60_000, 480_000, 600_000, 600_000]);
  });
});

describe("owedDelay", () => {
  test("is 5 s, then twice as long each time, 10 min at most", () => {
    expect([0, 1, 2, 6, 7, 100].map(owedDelay)).toEqual([5_000, 10_000, 20_000, 320_000, 600_000, 600_000]);
  });
});
