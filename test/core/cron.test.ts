import { describe, expect, test } from "vitest";
import { cronProblem, isTimeZone, nextTick, nextTicks, previousTicks } from "../../worker/core/cron.ts";
import { forEachSeed, Random } from "../support/random.ts";

const at = (iso: string) => Date.parse(iso);
const after = (cron: string, timezone: string, iso: string, count: number) =>
  nextTicks({ cron, timezone }, at(iso), count).map((time) => new Date(time).toISOString().slice(0, 16));

describe("the pattern", () => {
  test.each([
    ["", "has 0 fields, not 5: minute, hour, day of the month, month, day of the week"],
    ["* * * *", "has 4 fields, not 5"],
    ["0 0 0 * * *", "there is no field for seconds"],
    ["@daily", 'is a nickname; write its five fields, such as "0 0 * * *"'],
    ["60 * * * *", 'is wrong in its minute, "60": "60" must be 0-59.'],
    ["0 1,24 * * *", 'is wrong in its hour, "1,24": "24" must be 0-23.'],
    ["0 0 0 * *", 'is wrong in its day of the month, "0": "0" must be 1-31.'],
    ["0 0 * FOO *", '"FOO" must be 1-12 or JAN-DEC.'],
    ["0 0 * * 8", '"8" must be 0-7 or SUN-SAT.'],
    ["0 22-2 * * *", '"22-2" ends before it begins; write "22-23,0-2".'],
    ["0 0 * * FRI-MON", 'write "FRI-7,0-MON".'],
    ["5/15 * * * *", '"5/15" has a step after a single value; write "5-59/15" or "*/15".'],
    ["*/0 * * * *", 'the step of "*/0" must be a number from 1.'],
    ["*/61 * * * *", 'the step of "*/61" is more than the 60 values that there are.'],
    ["0 0 * * */8", 'the step of "*/8" is more than the 7 values that there are.'],
    ["0 0 * * 0-7/8", 'the step of "0-7/8" is more than the 7 values that there are.'],
    ["1-2-3 * * * *", '"1-2-3" is no range.'],
    ["1,,2 * * * *", "a part of the list is empty."],
    ["0 0 ? * *", '"?" has a ?, which is not supported.'],
    ["0 0 15W * *", '"15W" has a W, which is not supported.'],
    ["0 L * * *", '"L" has an L: the day of the month takes L alone'],
    ["0 0 5#2 * *", '"5#2" has a #, which only the day of the week takes.'],
    ["0 0 * * 5#6", '"5#6" must name one of the 5 weeks after its #.'],
    ["0 0 30 2 *", 'The cron pattern "0 0 30 2 *" never comes: there is no such day.'],
    ["* ".repeat(200), "has 400 characters; the limit is 256."],
  ])("%j is refused with what is wrong and where", (cron, problem) => {
    expect(cronProblem(cron, at("2026-01-01"))).toContain(problem);
  });

  test.each([
    ["*/15 * * * *", ["2026-01-31T23:30", "2026-01-31T23:45"]],
    ["5,50-52 * * * *", ["2026-01-31T23:50", "2026-01-31T23:51"]],
    ["0 0 * jan-mar mon-fri", ["2026-02-02T00:00", "2026-02-03T00:00"]],
    ["0 0 L * *", ["2026-02-28T00:00", "2026-03-31T00:00"]],
    ["0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["0 0 31 * *", ["2026-03-31T00:00", "2026-05-31T00:00"]],
    ["0 0 * * 5L", ["2026-02-27T00:00", "2026-03-27T00:00"]],
    ["0 0 * * TUE#2", ["2026-02-10T00:00", "2026-03-10T00:00"]],
    ["0 0 * * 7", ["2026-02-01T00:00", "2026-02-08T00:00"]],
    ["0 0 * * */7", ["2026-02-01T00:00", "2026-02-08T00:00"]],
    ["0 0 * * SAT-SUN", ["2026-02-01T00:00", "2026-02-07T00:00"]],
    // Both days given: either of them counts.
    ["0 0 13 * 5", ["2026-02-06T00:00", "2026-02-13T00:00"]],
  ])("%j comes at these times", (cron, times) => {
    expect(cronProblem(cron, 0)).toBeUndefined();
    expect(after(cron, "UTC", "2026-01-31T23:20:30Z", 2)).toEqual(times);
  });
});

test("whatever a pattern holds, it is refused with a sentence, or it has a next time", async () => {
  const parts =
    "* 0 1 7 8 31 59 60 L ? W SUN FRI DEC 1-5 0-7 5-1 */2 */7 */8 */13 */32 0-7/8 5L 5#5 1,5 L,1 , / -".split(" ");
  await forEachSeed("cron patterns", 500, (seed) => {
    const random = new Random(seed);
    const cron = Array.from({ length: 5 }, () => (random.chance(0.6) ? "*" : random.pick(parts))).join(" ");
    const problem = cronProblem(cron, 0);
    if (problem === undefined) expect(nextTick({ cron, timezone: "Europe/Berlin" }, 0), cron).toBeGreaterThan(0);
    else expect(problem).toMatch(/^The cron pattern ".+" .+\.$/);
  });
});

describe("time zones", () => {
  test.each(["UTC", "Europe/Berlin", "Asia/Kolkata", "Etc/GMT+3"])("%s is one", (zone) => {
    expect(isTimeZone(zone)).toBe(true);
  });

  test.each(["", "Mars/Base", "+02:00", "-05", "Europe/Berlin; x"])("%j is none", (zone) => {
    expect(isTimeZone(zone)).toBe(false);
  });

  test("without a change of clocks days are of 24 hours", () => {
    expect(after("30 2 * * *", "Asia/Kolkata", "2026-03-28T12:00:00Z", 3)).toEqual([
      ...["2026-03-28T21:00", "2026-03-29T21:00", "2026-03-30T21:00"],
    ]);
  });
});

// Berlin 2026: 29 March 02:00 to 03:00 (01:00Z), 25 October 03:00 to 02:00 (01:00Z). New York: 8 March and 1 November at 02:00.
// Lord Howe: 5 April 02:00 to 01:30, 4 October 02:00 to 02:30. Santiago: 6 September 00:00 to 01:00, 5 April 00:00 to 23:00.
// Cairo: 24 April 00:00 to 01:00.
describe("when the clocks skip a time", () => {
  test.each([
    ["Europe/Berlin", "30 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]],
    ["America/New_York", "30 2 * * *", "2026-03-08T00:00Z", ["2026-03-08T07:00", "2026-03-09T06:30"]],
    ["Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00Z", ["2026-10-03T15:30", "2026-10-04T15:15"]],
    ["America/Santiago", "30 0 * * *", "2026-09-05T12:00Z", ["2026-09-06T04:00", "2026-09-07T03:30"]],
    ["Africa/Cairo", "30 0 * * *", "2026-04-23T12:00Z", ["2026-04-23T22:00", "2026-04-24T21:30"]],
  ])("in %s, %s comes at the moment at which they jump", (zone, cron, from, times) => {
    expect(after(cron, zone, from, 2)).toEqual(times);
  });

  test("several skipped times of a pattern come once", () => {
    expect(after("0,15,30 2,3 * * *", "Europe/Berlin", "2026-03-29T00:10Z", 3)).toEqual([
      ...["2026-03-29T01:00", "2026-03-29T01:15", "2026-03-29T01:30"],
    ]);
  });

  test("a pattern with a step or a star leaves them out", () => {
    expect(after("*/20 2 * * *", "Europe/Berlin", "2026-03-29T00:10Z", 1)).toEqual(["2026-03-30T00:00"]);
    expect(after("0 * * * *", "Europe/Berlin", "2026-03-28T23:30Z", 3)).toEqual([
      ...["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00"],
    ]);
  });
});

describe("when the clocks show a time twice", () => {
  test.each([
    [
      "Europe/Berlin",
      "0,30 2 * * *",
      "2026-10-24T12:00Z",
      ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"],
    ],
    [
      "America/New_York",
      "30 1 * * *",
      "2026-11-01T00:00Z",
      ["2026-11-01T05:30", "2026-11-02T06:30", "2026-11-03T06:30"],
    ],
    [
      "Australia/Lord_Howe",
      "45 1 * * *",
      "2026-04-04T00:00Z",
      ["2026-04-04T14:45", "2026-04-05T15:15", "2026-04-06T15:15"],
    ],
    [
      "America/Santiago",
      "30 23 * * *",
      "2026-04-04T12:00Z",
      ["2026-04-05T02:30", "2026-04-06T03:30", "2026-04-07T03:30"],
    ],
  ])("in %s, %s comes the first time", (zone, cron, from, times) => {
    expect(after(cron, zone, from, 3)).toEqual(times);
  });

  test("a pattern with a step or a star comes both times", () => {
    expect(after("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:50Z", 5)).toEqual([
      ...["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"],
    ]);
    expect(after("*/20 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 7)).toEqual([
      ...["2026-10-25T00:00", "2026-10-25T00:20", "2026-10-25T00:40"],
      ...["2026-10-25T01:00", "2026-10-25T01:20", "2026-10-25T01:40", "2026-10-26T01:00"],
    ]);
  });
});

const ZONES = "UTC Europe/Berlin America/New_York Australia/Lord_Howe America/Santiago Africa/Cairo Asia/Kolkata".split(
  " ",
);
const PATTERNS = [
  ..."30 2 * * *|*/30 * * * *|15 * * * *|0,30 2 * * *|30 1-3 * * *|*/20 2 * * *|45 1 * * *".split("|"),
  ..."* * * * *|0 0 L * *|0 3 * * 0|7 */3 * * *|59 23 L * *|30 2 * * SUN#2|0 12 * * 5L".split("|"),
];

test("backwards from any moment come the ticks that came forwards, and each follows from the one before", async () => {
  await forEachSeed("cron", 300, (seed) => {
    const random = new Random(seed);
    const [timezone, cron] = [random.pick(ZONES), random.pick(PATTERNS)];
    const from = at("2025-01-01") + random.below(3 * 365 * 24 * 60) * 60_000;
    const ticks = nextTicks({ cron, timezone }, from, 30);
    const end = ticks.at(-1) ?? 0;
    const what = `${cron} in ${timezone} from ${new Date(from).toISOString()}`;
    expect(previousTicks({ cron, timezone }, end + random.below(1000), 30).toReversed(), what).toEqual(ticks);
    let one = from;
    for (const tick of ticks) {
      one = nextTick({ cron, timezone }, one) ?? 0;
      expect(one, what).toBe(tick);
    }
  });
});
