import { expect, test } from "vitest";
import { delayUntil, readDelay } from "../../sdk/lib/delay.ts";
import { parseDuration } from "../../sdk/lib/duration.ts";

test.each([
  ["0s", 0],
  ["30s", 30_000],
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["2d", 172_800_000],
  ["1w2d3h4m5s", 604_800_000 + 172_800_000 + 10_800_000 + 240_000 + 5_000],
])("%s is a duration", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "s", "1", "1x", "1.5h", "-1h", " 1h", "1h ", "1h 30m", "30m1h", "1H"])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test("a duration counts from now, a moment stands", () => {
  expect(delayUntil("1h", 1_000)).toBe(3_601_000);
  expect(delayUntil("2031-01-01T00:00:00.000Z", 1_000)).toBe(Date.UTC(2031, 0, 1));
});

test("a moment is read in any time zone, and a day as its first moment", () => {
  expect(readDelay("2031-01-01T02:00:00+02:00")).toBe("2031-01-01T00:00:00.000Z");
  expect(readDelay("2031-01-01")).toBe("2031-01-01T00:00:00.000Z");
});

test.each([undefined, null, 5, {}, "2031", "01/02/2031", "2031-02-30T25:00:00Z"])("%j is no delay", (value) => {
  expect(readDelay(value)).toBeUndefined();
});
