import { expect, test } from "vitest";
import type { Outcome } from "../../sdk/lib/journal.ts";
import { RecordCache } from "../../worker/engine/record-cache.ts";
import { tellRun, textOf } from "../../worker/engine/tell-run.ts";
import { Turn } from "../../worker/engine/turn.ts";
import { GroupScans } from "../../worker/storage/group-scans.ts";
import { GroupStore } from "../../worker/storage/group-store.ts";
import { aRun, BORN, ERROR } from "../support/run-records.ts";
import { MemorySql } from "../support/sql-storage.ts";

const TYPE = "text/plain";

/** A final run in a group that remembers nothing of it, and how many statements it takes to tell of it. */
function told(
  payload: string,
  outcome: Outcome,
): { run: Record<string, unknown>; isText: boolean; statements: number } {
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
  const answer = tellRun(turn, "k", true, false) ?? { run: "", lacksRelatives: false };
  sql.close();
  const run = JSON.parse(textOf(answer)) as Record<string, unknown>;
  return { run, isText: typeof answer.run === "string", statements };
}

const done = (data: string): Outcome => ({ ok: true, output: { data, type: TYPE } });

test("a run with short values is told as text, with one statement", () => {
  const { run, isText, statements } = told("p", done("o"));
  expect(run).toMatchObject({
    status: "COMPLETED",
    payloadPacket: { data: "p", type: TYPE },
    outputPacket: { data: "o", type: TYPE },
  });
  expect([isText, statements]).toEqual([true, 1]);
});

test.each([
  ["long", 4_001],
  ["cut into chunks", 600_000],
])("values that are %s are read once and whole, and not written into text", (_, length) => {
  const [payload, output] = ["p".repeat(length), "ö".repeat(length)];
  const { run, isText, statements } = told(payload, done(output));
  expect(run).toMatchObject({ payloadPacket: { data: payload }, outputPacket: { data: output } });
  // The head, and each value by itself, with its chunks.
  expect([isText, statements]).toEqual([false, length > 250_000 ? 5 : 3]);
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
  expect(tellRun(turn, "k", true, false)).toBeUndefined();
  sql.close();
});

test.each([
  ["payload", "p".repeat(4_001), "o"],
  ["output", "p", "o".repeat(4_001)],
])("one long value, the %s, is enough to leave the text", (_, payload, output) => {
  expect(told(payload, done(output))).toMatchObject({
    isText: false,
    run: { payloadPacket: { data: payload }, outputPacket: { data: output } },
  });
});
