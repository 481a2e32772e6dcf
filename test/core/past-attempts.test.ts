import { expect, test } from "vitest";
import { describeAttempts } from "../../worker/engine/describe-attempts.ts";
import { COMPLETED, EngineGroup, TRY_AGAIN } from "../support/engine-group.ts";

const attemptsOf = (group: EngineGroup) =>
  group.turn((turn) => {
    const run = turn.run("k");
    return run === undefined ? [] : describeAttempts(run, turn.outcome("k"));
  });

test("a run remembers the last ten attempts before its own, with short errors", () => {
  const group = new EngineGroup();
  group.admit({ options: { tags: [], maxAttempts: 20 } });
  const message = "x".repeat(2_000);
  for (let i = 0; i < 13; i += 1) {
    const error = { name: "TypeError", message, stack: "here" };
    group.report(group.claim(), { type: "failed", error, retryDelayMs: 0 }, 0);
  }
  const between = attemptsOf(group);
  expect(between.map(({ number }) => number)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  expect(between[0]?.error).toEqual({ name: "TypeError", message: "x".repeat(500) });
  expect(between.every(({ startedAt, finishedAt }) => Number(finishedAt) > Number(startedAt))).toBe(true);

  group.report(group.claim(), COMPLETED);
  const ended = attemptsOf(group);
  expect(ended.map(({ number }) => number)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  expect(ended.at(-1)).toMatchObject({ finishedAt: expect.any(Date) });
  expect(ended.at(-1)?.error).toBeUndefined();
});

test("an attempt whose consumer died is one of the past", () => {
  const group = new EngineGroup();
  group.admit();
  group.claim();
  group.wakeAfter(200_000);
  expect(attemptsOf(group)).toMatchObject([{ number: 1, error: { name: "RunCrashedError" } }]);
});

test("a run that has ended at once keeps nothing of the kind in its row", () => {
  const group = new EngineGroup();
  group.admit();
  group.report(group.claim(), COMPLETED);
  expect(group.turn((turn) => turn.run("k"))).not.toHaveProperty("pastAttempts");
  expect(attemptsOf(group)).toMatchObject([{ number: 1 }]);
});

test("a run that is canceled between two attempts had no attempt more", () => {
  const group = new EngineGroup();
  group.admit();
  group.report(group.claim(), { ...TRY_AGAIN, retryDelayMs: 60_000 } as typeof TRY_AGAIN);
  group.turn((turn) => turn.apply("k", { type: "canceled" }));
  expect(attemptsOf(group)).toMatchObject([{ number: 1, error: { message: "no luck" } }]);
});
