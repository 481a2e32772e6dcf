import { describe, expect, test } from "vitest";
import { schedules, type CronOption } from "../../sdk/index.ts";
import { Registry } from "../../worker/engine/registry.ts";

const registryOf = (options: object) =>
  new Registry([schedules.task({ id: "report", cron: "0 * * * *", run: () => 1, ...options })]);

describe("a schedule of the code", () => {
  test("says what it does, with the defaults", () => {
    expect(registryOf({}).schedules.declared).toEqual([
      {
        ...{ type: "DECLARATIVE", task: "report", cron: "0 * * * *", timezone: "UTC" },
        ...{ catchUp: "latest", overlap: "allow" },
      },
    ]);
    const { declared } = registryOf({
      cron: { pattern: " 0  9 * * MON-FRI ", timezone: "Asia/Tokyo", window: "10%" },
      catchUp: "all",
      overlap: "queue",
    }).schedules;
    expect(declared[0]).toMatchObject({
      ...{ cron: "0 9 * * MON-FRI", timezone: "Asia/Tokyo", window: "10%", catchUp: "all", overlap: "queue" },
    });
  });

  test.each<[object, string]>([
    [
      { cron: "0 25 * * *" },
      'The schedule of task "report" cannot be used. cron: The cron pattern "0 25 * * *" is wrong in its hour',
    ],
    [
      { cron: { pattern: "0 9 * * *", timezone: "Berlin" } },
      'timezone must be an IANA time zone such as "Europe/Berlin"',
    ],
    [{ cron: { pattern: "0 9 * * *", window: "1d" } }, "window must be minutes or hours up to 24 hours"],
    [{ catchUp: "some" }, 'catchUp must be one of "none", "latest", "all"'],
    [{ overlap: "never" }, 'overlap must be one of "allow", "skip", "queue", "cancel-running"'],
    [{ cron: undefined, overlap: "never" }, "overlap must be one of"],
  ])("%j is refused when the Worker starts", (options, message) => {
    expect(() => registryOf(options)).toThrow(message);
  });

  test.each<[unknown, string]>([
    [5, 'cron of task "report" must be a pattern'],
    [null, 'cron of task "report" must be a pattern'],
    [{ timezone: "UTC" }, 'cron of task "report" must be a pattern'],
    [{ pattern: "* * * * *", environments: ["PRODUCTION"] }, "environments"],
  ])("cron: %j is refused where the task is defined", (cron, message) => {
    expect(() => schedules.task({ id: "report", cron: cron as CronOption, run: () => 1 })).toThrow(message);
  });

  test("without a cron is one that others schedule", () => {
    const { schedules: known } = registryOf({ cron: undefined, overlap: "skip" });
    expect([known.declared, known.takes("report"), known.policiesOf("report")]).toEqual([
      ...[[], true, { catchUp: "latest", overlap: "skip" }],
    ]);
  });
});
