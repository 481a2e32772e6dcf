import { expect, test } from "vitest";
import type { Outcome } from "../../sdk/lib/journal.ts";
import { RecordCache } from "../../worker/engine/record-cache.ts";
import { tellRun, tellRuns, textOf } from "../../worker/engine/tell-run.ts";
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
  const answer = tellRun(turn, "k", true) ?? { run: "", isFinal: false, lacksRelatives: false };
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
  expect(tellRun(turn, "k", true)).toBeUndefined();
  sql.close();
});

test("several runs are told of in their order, but for those with long values", () => {
  const sql = new MemorySql();
  const store = new GroupStore(sql.storage);
  store.create();
  for (const [n, length] of Object.entries({ a: 1, b: 4_001, c: 4_000 })) {
    const state = { at: "final", status: "COMPLETED" } as const;
    const record = aRun({ n, epoch: 1, attempt: 1, finishedAt: BORN + 20, state });
    store.insertWithOutcome({ kind: "run", record }, { data: "p", type: TYPE }, done("o".repeat(length)));
  }
  store.insert({ kind: "run", record: aRun({ n: "d" }) }, { data: "p", type: TYPE });
  const turn = new Turn(store, new GroupScans(sql.storage), new RecordCache(), "G".repeat(43), BORN + 30);
  const told = tellRuns(turn, ["d", "c", "missing", "b", "a"], false);
  expect(told.map((one) => one && [(JSON.parse(one.run) as { id: string }).id.at(-1), one.isFinal])).toEqual([
    ["d", false],
    ["c", true],
    null,
    undefined,
    ["a", true],
  ]);
  sql.close();
});

test("a run whose head alone is known is told of as any other", () => {
  const sql = new MemorySql();
  const store = new GroupStore(sql.storage);
  store.create();
  const state = { at: "final", status: "COMPLETED" } as const;
  const record = aRun({ epoch: 1, attempt: 1, finishedAt: BORN + 20, state });
  // Three bytes a character.
  store.insertWithOutcome({ kind: "run", record }, { data: "€".repeat(4_000), type: TYPE }, done("o"));
  const turn = new Turn(store, new GroupScans(sql.storage), new RecordCache(), "G".repeat(43), BORN + 30);
  expect(turn.run("k")).toMatchObject({ n: "k" });
  expect(tellRuns(turn, ["k"], true)).toMatchObject([{ isFinal: true }]);
  sql.close();
});

test("of many runs it is told as much as an answer may hold, and one more", () => {
  const sql = new MemorySql();
  const store = new GroupStore(sql.storage);
  store.create();
  // Each character takes six of JSON.
  const data = "\u0001".repeat(4_000);
  const ns = Array.from({ length: 100 }, (_, i) => `r${i}`);
  for (const n of ns) store.insert({ kind: "run", record: aRun({ n }) }, { data, type: TYPE });
  const turn = new Turn(store, new GroupScans(sql.storage), new RecordCache(), "G".repeat(43), BORN + 30);
  const told = tellRuns(turn, ns, true);
  const lengths = told.flatMap((one) => one?.run.length ?? []);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  expect([total > 1_000_000, total - (lengths.at(-1) ?? 0) <= 1_000_000]).toEqual([true, true]);
  expect(told.slice(lengths.length)).toEqual(ns.slice(lengths.length).map(() => undefined));
  expect(lengths.length).toBeLessThan(100);
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
