import { beforeAll, expect, test } from "vitest";
import { runs, type LogEntry } from "../../sdk/index.ts";
import { logAndRetry } from "../support/tasks-retries.ts";
import { add } from "../support/tasks-runs.ts";
import { logAroundWaits } from "../support/tasks-steps.ts";
import { call, connect, finish, outputOf } from "./api.ts";

beforeAll(connect);

async function logsOf(id: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of runs.logs(id)) entries.push(entry);
  return entries;
}

test("a line is stored once, however often the task is replayed", async () => {
  const { id } = await logAroundWaits.trigger({ waits: 5 });
  await outputOf(id);
  const lines = (await logsOf(id)).map((entry) => `${entry.level} ${entry.message}`);
  const expected = [0, 1, 2, 3, 4].flatMap((i) => [`debug in step ${i}`, `info after wait ${i}`]);
  expect(lines).toEqual(["info begins", ...expected]);
});

test("more passes than a page of logs has rows are read through all pages", async () => {
  const { id } = await logAroundWaits.trigger({ waits: 120 });
  await outputOf(id);
  const messages = (await logsOf(id)).map((entry) => entry.message);
  expect(messages.length).toBe(241);
  expect(messages.at(-1)).toBe("after wait 119");
});

test("lines tell their level, fields, attempt and time, those of each attempt once", async () => {
  const run = await finish(await logAndRetry.trigger());
  expect(run.output).toBe("logged");
  const entries = await logsOf(run.id);
  expect(entries.map(({ attempt, level, message }) => [attempt, level, message])).toEqual([
    [1, "debug", "begins"],
    [1, "info", "after the first wait"],
    [1, "warn", "after the second wait"],
    [1, "error", "gives up"],
    [2, "debug", "begins"],
    [2, "info", "after the first wait"],
    [2, "warn", "after the second wait"],
  ]);
  expect(entries[0]?.fields).toEqual({ attempt: 1 });
  expect(entries[1]?.fields).toEqual({ at: "1970-01-01T00:00:00.000Z", list: [1, 2], big: "7" });
  expect(entries[2]?.fields).toBeUndefined();
  expect(entries[3]?.fields).toMatchObject({ error: { name: "Error", message: "why" } });
  const times = entries.map((entry) => entry.at.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]).toBeGreaterThanOrEqual(run.createdAt.getTime());
  expect(times.at(-1)).toBeLessThanOrEqual(run.finishedAt?.getTime() ?? Number.NaN);
});

test("a run that logs nothing has no lines, and an unknown run is not found", async () => {
  const { id } = await add.trigger({ a: 1, b: 1 });
  await outputOf(id);
  expect(await logsOf(id)).toEqual([]);
  expect(await call("GET", "/api/v1/runs/run_none/logs")).toMatchObject({
    status: 404,
    body: { code: "run_not_found" },
  });
});
