import { describe, expect, test } from "vitest";
import type { MetadataOperation } from "../../sdk/lib/metadata-operation.ts";
import type { MetadataChange, NewNotes } from "../../sdk/lib/notes.ts";
import { changeMetadata } from "../../worker/engine/change-metadata.ts";
import { addTags, metadataOf } from "../../worker/engine/run-metadata.ts";
import { delivered, deliveryOf, takeDelivery } from "../../worker/engine/send-operations.ts";
import { COMPLETED, EngineGroup, suspendedFor, TRY_AGAIN, waitForBatch, waitForRun } from "../support/engine-group.ts";

const increment = (key: string, value = 1): MetadataOperation => ({ type: "increment", key, value });
const own = (key: string, value = 1): MetadataChange => ({ of: "run", operation: increment(key, value) });
const notes = (from: number, counted: number, ...changes: NewNotes["changes"]): NewNotes => {
  return { from, counted, changes, tags: [] };
};
const metadata = (group: EngineGroup, n = "k") =>
  group.turn((turn) => {
    const run = turn.run(n);
    return run && metadataOf(turn, run);
  });
const LARGE = { type: "set", key: "large", value: "x".repeat(256 * 1024 - 20) } as const;

describe("notes of a pass", () => {
  test("that come again, alone or with more behind them, count once", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    for (let i = 0; i < 2; i += 1) group.record(claim, { kind: "notes", notes: notes(0, 2, own("a"), own("b")) });
    group.record(claim, { kind: "notes", notes: notes(1, 3, own("b"), own("c")) });
    expect(metadata(group)).toEqual({ a: 1, b: 1, c: 1 });
    group.report(claim, COMPLETED);
    expect(group.record(claim, { kind: "notes", notes: notes(3, 4, own("late")) })).toBe(false);
    expect(metadata(group)).toEqual({ a: 1, b: 1, c: 1 });
  });

  test("are taken with a report once, and a replay is told how many there are, a new attempt none", () => {
    const group = new EngineGroup();
    group.admit({ options: { tags: [], maxAttempts: 2, metadata: '{"start":true}' } });
    const first = group.claim();
    expect(first.metadata).toEqual({ text: '{"start":true}', counted: 0 });
    const report = { n: "k", epoch: first.epoch, logs: [], logged: 0, notes: notes(0, 7, own("a")) };
    for (let i = 0; i < 2; i += 1) group.reportAll([{ ...report, end: suspendedFor() }]);
    group.turn((turn) => turn.apply("k", { type: "settled" }));
    const second = group.claim();
    expect(second.metadata).toEqual({ text: '{"start":true,"a":1}', counted: 7 });
    group.reportAll([{ ...report, epoch: second.epoch, end: TRY_AGAIN, notes: notes(0, 8, own("a")) }], 0);
    expect(group.claim().metadata).toEqual({ text: '{"start":true,"a":2}', counted: 0 });
  });

  test("tell which changes were refused, also where none was made: a replay is told them, a new attempt none", () => {
    const group = new EngineGroup();
    group.admit({ options: { tags: [], maxAttempts: 2 } });
    const first = group.claim();
    group.record(first, { kind: "notes", notes: { ...notes(0, 1), refused: [0] } });
    group.record(first, { kind: "notes", notes: { ...notes(0, 3, own("a")), refused: [0, 2] } });
    group.record(first, { kind: "notes", notes: { ...notes(0, 1), refused: [0] } });
    group.reportAll([{ n: "k", epoch: first.epoch, logs: [], logged: 0, end: suspendedFor() }]);
    group.turn((turn) => turn.apply("k", { type: "settled" }));
    const second = group.claim();
    expect(second.metadata).toEqual({ text: '{"a":1}', counted: 3, refused: [0, 2] });
    const failed = { n: "k", epoch: second.epoch, logs: [], logged: 0, end: TRY_AGAIN } as const;
    group.reportAll([{ ...failed, notes: { ...notes(0, 4), refused: [0, 2, 3] } }], 0);
    const third = group.claim();
    expect(third.metadata).toEqual({ text: '{"a":1}', counted: 0 });
    group.record(third, { kind: "notes", notes: { ...notes(0, 1), refused: [0] } });
    group.reportAll([{ n: "k", epoch: third.epoch, logs: [], logged: 0, end: suspendedFor() }]);
    group.turn((turn) => turn.apply("k", { type: "settled" }));
    expect(group.claim().metadata).toEqual({ text: '{"a":1}', counted: 1, refused: [0] });
  });

  test("of a step are kept with its row, once", () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    const outcome = { ok: true, output: { type: "application/json" } } as const;
    const record = {
      kind: "step",
      key: "step:s#0",
      digest: "s",
      order: 1,
      outcome,
      notes: notes(0, 0, own("a")),
    } as const;
    group.record(claim, record);
    group.record(claim, record);
    expect(metadata(group)).toEqual({ a: 1 });
  });

  test("of a canceled pass are taken, once, and tags too", () => {
    const group = new EngineGroup();
    group.admit();
    const { n, epoch } = group.claim();
    group.turn((turn) => turn.apply(n, { type: "canceled" }));
    const report = { n, epoch, end: { type: "canceled" }, logs: [], logged: 0 } as const;
    for (let i = 0; i < 2; i += 1) group.reportAll([{ ...report, notes: { ...notes(0, 0, own("a")), tags: ["t"] } }]);
    expect(metadata(group)).toEqual({ a: 1 });
    expect(group.turn((turn) => turn.run("k"))).toMatchObject({ tags: ["t"], state: { status: "CANCELED" } });
  });

  test("for parent and root in the group change theirs in the same turn, over a batch too", () => {
    const group = new EngineGroup();
    group.admit();
    const [child] = group.report(group.claim(), suspendedFor(waitForRun("child"))).claims;
    if (child === undefined) throw new Error("no child");
    const { claims } = group.report(child, suspendedFor(waitForBatch(["1", "2"])));
    const up = notes(
      0,
      0,
      { of: "parent", operation: increment("parent") },
      { of: "root", operation: increment("root") },
    );
    group.reportAll(claims.map(({ n, epoch }) => ({ n, epoch, end: COMPLETED, logs: [], logged: 0, notes: up })));
    expect(metadata(group)).toEqual({ root: 2 });
    expect(metadata(group, child.n)).toEqual({ parent: 2 });
    expect(claims.map(({ n }) => metadata(group, n))).toEqual([undefined, undefined]);
  });

  test("that would take metadata over its limit leave it as it is, and the report counts", () => {
    const group = new EngineGroup();
    group.admit();
    const { n, epoch } = group.claim();
    group.turn((turn) => changeMetadata(turn, n, { requestKey: "r", operations: [LARGE], above: [] }));
    group.reportAll([{ n, epoch, end: COMPLETED, logs: [], logged: 0, notes: notes(0, 1, own("x".repeat(100))) }]);
    expect(Object.keys(metadata(group) ?? {})).toEqual(["large"]);
    expect(group.turn((turn) => turn.run(n))?.state).toMatchObject({ status: "COMPLETED" });
  });

  test("read as written after the group has lost its memory", () => {
    const group = new EngineGroup();
    group.admit();
    group.record(group.claim(), { kind: "notes", notes: notes(0, 1, own("a")) });
    expect(group.store.metadata.read("k")).toMatchObject({ text: '{"a":1}', head: { counted: 1, taken: 1, epoch: 1 } });
    expect(group.store.get("k")).toMatchObject({ record: { hasMetadata: true } });
    expect([...group.scans.heads("k")]).toEqual([]);
    expect([...group.scans.logs("k", undefined)]).toEqual([]);
  });
});

describe("notes for a run of another group", () => {
  const FAR = "run_far_s.a";
  const LETTER = "k.!to:run_far_s:a";

  function child(): { group: EngineGroup; send: (...changes: MetadataChange[]) => void } {
    const group = new EngineGroup();
    group.admit({ origin: { parentId: FAR, rootId: FAR, depth: 1 } });
    const claim = group.claim();
    let from = 0;
    const send = (...changes: MetadataChange[]): void => {
      group.record(claim, { kind: "notes", notes: notes(from, 0, ...changes) });
      from += changes.length;
    };
    return { group, send };
  }

  const parent = (key: string): MetadataChange => ({ of: "parent", operation: increment(key) });
  const root = (key: string): MetadataChange => ({ of: "root", operation: increment(key) });

  test("are owed until they are answered for, with what comes meanwhile", () => {
    const { group, send } = child();
    send(parent("a"), root("b"));
    expect([...(group.last?.owing ?? [])]).toEqual([LETTER]);
    const first = group.turn((turn) => deliveryOf(turn, LETTER));
    expect(first).toMatchObject({ target: FAR, from: 0, operations: [increment("a"), increment("b")] });
    send(parent("c"));
    group.wakeAfter(10_000);
    expect([...(group.last?.owing ?? [])]).toEqual([LETTER]);
    for (let i = 0; i < 2; i += 1) group.turn((turn) => delivered(turn, LETTER, 2));
    expect(group.turn((turn) => deliveryOf(turn, LETTER))).toMatchObject({ from: 2, operations: [increment("c")] });
    group.turn((turn) => delivered(turn, LETTER, 3));
    expect(group.turn((turn) => deliveryOf(turn, LETTER))).toBeUndefined();
    group.turn((turn) => turn.apply("k", { type: "canceled" }));
    expect([group.scans.countOpen(), group.nextDue()]).toEqual([0, undefined]);
    send(parent("late"));
    expect(group.scans.countOpen()).toBe(0);
  });

  test("are still owed when the run is canceled with all below it", () => {
    const { group, send } = child();
    send(parent("a"));
    group.turn((turn) => turn.cancelBelow("k"));
    expect(group.turn((turn) => deliveryOf(turn, LETTER))).toBeDefined();
    group.wakeAfter(10_000);
    expect([...(group.last?.owing ?? [])]).toContain(LETTER);
  });

  test("are taken there once, however often and in whatever parts they come", () => {
    const group = new EngineGroup();
    group.admit();
    const take = (sender: string, from: number, ...keys: string[]) =>
      group.turn((turn) => takeDelivery(turn, "k", { sender, from, operations: keys.map((key) => increment(key)) }));
    take("run_1", 0, "a");
    take("run_1", 0, "a");
    take("run_1", 0, "a", "b");
    take("run_2", 0, "a");
    take("run_1", 2, "c");
    take("run_1", 1, "b", "c");
    expect(metadata(group)).toEqual({ a: 2, b: 1, c: 1 });
    group.turn((turn) => takeDelivery(turn, "k.none", { sender: "run_1", from: 0, operations: [increment("a")] }));
    expect(group.turn((turn) => turn.run("k.none"))).toBeUndefined();
  });
});

describe("the metadata of a trigger", () => {
  const debounce = { key: "d", delay: "1m", mode: "trailing" } as const;

  test("is that of the last one, where triggers push a run and the last one counts", () => {
    const group = new EngineGroup();
    const trigger = (request: string, options: object) =>
      group.admit({ request, options: { tags: [], maxAttempts: 1, debounce, ...options } });
    trigger("r1", { metadata: '{"a":1}' });
    expect(metadata(group)).toEqual({ a: 1 });
    trigger("r2", { metadata: '{"b":1}' });
    expect(metadata(group)).toEqual({ b: 1 });
    trigger("r3", {});
    expect(metadata(group)).toEqual({});
  });

  test("of the run that holds a key stays", () => {
    const group = new EngineGroup();
    const options = { tags: [], maxAttempts: 1, idempotencyKey: "k", metadata: '{"a":1}' };
    group.admit({ request: "r1", options });
    group.admit({ request: "r2", options: { ...options, metadata: '{"b":1}' } });
    expect(metadata(group)).toEqual({ a: 1 });
  });
});

describe("a change from outside", () => {
  const change = (group: EngineGroup, requestKey: string, ...operations: MetadataOperation[]) =>
    group.turn((turn) => changeMetadata(turn, "k", { requestKey, operations, above: [] }));

  test("counts once for a request, also on a run that is final", () => {
    const group = new EngineGroup();
    group.admit();
    group.report(group.claim(), COMPLETED);
    for (let i = 0; i < 2; i += 1) expect(change(group, "r1", increment("a"))).toEqual({ a: 1 });
    expect(change(group, "r2", increment("a"))).toEqual({ a: 2 });
    expect(metadata(group)).toEqual({ a: 2 });
  });

  test("that would take it over the limit is refused and changes nothing", () => {
    const group = new EngineGroup();
    group.admit();
    change(group, "r1", LARGE);
    expect(() => change(group, "r2", increment("x".repeat(100)))).toThrow(
      expect.objectContaining({ status: 413, code: "metadata_too_large" }),
    );
    expect(change(group, "r3", { type: "delete", key: "large" })).toEqual({});
  });

  test("finds no run that is not there", () => {
    const group = new EngineGroup();
    expect(change(group, "r1", increment("a"))).toBeUndefined();
  });
});

describe("tags that are added", () => {
  test("reach the index, of a final run too, and those that it has change nothing", () => {
    const group = new EngineGroup();
    group.admit({ options: { tags: ["a"], maxAttempts: 1 } });
    group.report(group.claim(), COMPLETED);
    const add = (...tags: string[]) =>
      group.turn((turn) => {
        const run = turn.run("k");
        return run && addTags(turn, run, tags);
      });
    const before = group.turn((turn) => turn.run("k"))?.updatedAt ?? 0;
    expect(add("b", "a", "b")).toBe(1);
    expect([...(group.last?.changed ?? [])]).toEqual([["k", true]]);
    const after = group.turn((turn) => turn.run("k"));
    expect(after?.tags).toEqual(["a", "b"]);
    expect(after?.updatedAt).toBeGreaterThan(before);
    expect(add("a")).toBe(0);
    expect([...(group.last?.changed ?? [])]).toEqual([]);
    expect(() => add(..."123456789")).toThrow(expect.objectContaining({ status: 422, code: "too_many_tags" }));
    expect(group.turn((turn) => turn.run("k"))?.tags).toEqual(["a", "b"]);
  });
});
