import { expect, test } from "vitest";
import type { Outcome } from "../../sdk/lib/journal.ts";
import { RecordCache } from "../../worker/engine/record-cache.ts";
import { writeRun } from "../../worker/engine/run-text.ts";
import { Turn } from "../../worker/engine/turn.ts";
import { GroupScans } from "../../worker/storage/group-scans.ts";
import { GroupStore } from "../../worker/storage/group-store.ts";
import { aRun, BORN, ERROR } from "../support/run-records.ts";
import { MemorySql } from "../support/sql-storage.ts";

const TYPE = "text/plain";

/** A final run in a group that remembers nothing of it, and how many statements it takes to tell of it. */
function told(payload: string, outcome: Outcome): { run: Record<string, unknown>; statements: number } {
  const sql = new MemorySql();
  let statements = 0;
  const counted = {
    exec: (query: string, ...bindings: unknown[]) => {
      statements += 1;
      return sql.storage.exec(query, ...bindings);
    },
  } as unknown as SqlStorage;
  const store = new GroupStore(counted);
  store.create();
  const status = outcome.ok ? "COMPLETED" : "FAILED";
  const record = aRun({ epoch: 1, attempt: 1, finishedAt: BORN + 20, state: { at: "final", status } });
  store.insertWithOutcome({ kind: "run", record }, { data: payload, type: TYPE }, outcome);
  statements = 0;
  const turn = new Turn(store, new GroupScans(counted), new RecordCache(), "G".repeat(43), BORN + 30);
  const text = writeRun(turn, "k", true, false)?.text ?? "";
  sql.close();
  return { run: JSON.parse(text) as Record<string, unknown>, statements };
}

const done = (data: string): Outcome => ({ ok: true, output: { data, type: TYPE } });

test("a run with short values is told with one statement", () => {
  const { run, statements } = told("p", done("o"));
  expect(run).toMatchObject({
    status: "COMPLETED",
    payloadPacket: { data: "p", type: TYPE },
    outputPacket: { data: "o", type: TYPE },
  });
  expect(statements).toBe(1);
});

test.each([
  ["long", 4_001],
  ["cut into chunks", 600_000],
])("values that are %s are read once and whole", (_, length) => {
  const [payload, output] = ["p".repeat(length), "ö".repeat(length)];
  const { run, statements } = told(payload, done(output));
  expect(run).toMatchObject({ payloadPacket: { data: payload }, outputPacket: { data: output } });
  // The head, and each value by itself, with its chunks.
  expect(statements).toBe(length > 250_000 ? 5 : 3);
});

test("the error of a failed run is told", () => {
  const { run, statements } = told("p", { ok: false, error: ERROR });
  expect(run).toMatchObject({ status: "FAILED", error: ERROR, attempts: [{ error: ERROR }] });
  expect(run).not.toHaveProperty("outputPacket");
  // What it may have made is looked for.
  expect(statements).toBe(2);
});

test("there is nothing to tell of what is not there", () => {
  const sql = new MemorySql();
  const store = new GroupStore(sql.storage);
  store.create();
  const turn = new Turn(store, new GroupScans(sql.storage), new RecordCache(), "G".repeat(43), BORN);
  expect(writeRun(turn, "k", true, false)).toBeUndefined();
  sql.close();
});
