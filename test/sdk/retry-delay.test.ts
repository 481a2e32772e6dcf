import { describe, expect, test } from "vitest";
import { retryDelay } from "../../sdk/lib/retry-delay.ts";

const POLICY = { maxAttempts: 10, factor: 2, minTimeoutInMs: 1_000, maxTimeoutInMs: 60_000, randomize: false };

describe("retryDelay", () => {
  test("grows by the factor from attempt to attempt, up to the limit", () => {
    const delays = [1, 2, 3, 6, 7, 8].map((attempt) => retryDelay(POLICY, attempt, 0.9));
    expect(delays).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  test("is spread by up to twice its length when randomised", () => {
    const policy = { ...POLICY, randomize: true };
    expect(retryDelay(policy, 2, 0)).toBe(2_000);
    expect(retryDelay(policy, 2, 0.5)).toBe(3_000);
    expect(retryDelay(policy, 2, 0.999_999)).toBe(4_000);
  });

  test("keeps to the limit when randomised", () => {
    expect(retryDelay({ ...POLICY, randomize: true }, 7, 0.9)).toBe(60_000);
  });

  test("is a whole number of milliseconds", () => {
    expect(retryDelay({ ...POLICY, factor: 1.37, randomize: true }, 4, 0.123)).toBe(2_888);
  });

  test("stays at the limit for any number of attempts", () => {
    expect(retryDelay({ ...POLICY, maxAttempts: 250 }, 5_000, 0)).toBe(60_000);
  });

  test("does not shrink below nothing", () => {
    expect(retryDelay({ ...POLICY, minTimeoutInMs: 0 }, 3, 0.5)).toBe(0);
  });
});
