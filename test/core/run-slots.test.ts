import { describe, expect, test } from "vitest";
import { dueOf, isOpen } from "../../worker/core/entry.ts";
import { HELD_BACK, statusOf, type Run, type RunEvent } from "../../worker/core/run.ts";
import { beginning, transition } from "../../worker/core/run-machine.ts";
import { NO_WISH, type Want, type Wish } from "../../worker/core/wish.ts";
import {
  aRun,
  BORN,
  CANCELED,
  claimed,
  completed,
  DUE,
  executing,
  failed,
  LEASE_MS,
  SETTLED,
  suspended,
  taken,
} from "../support/run-records.ts";

const NOW = BORN + 1_000;
const WISH_EFFECT = { type: "wish" };

const wish = (number: number, want: Want, fields: Partial<Wish> = {}): Wish => ({ number, want, tries: 0, ...fields });
const owed = (number: number, want: Want, now = NOW): Wish => wish(number, want, { due: now + 5_000 });
const granted = (number: number): RunEvent => ({ type: "granted", number });
const heard = (number: number): RunEvent => ({ type: "heard", number });
const ceased = (epoch: number): RunEvent => ({ type: "ceased", epoch });

const pending = (fields: Partial<Run> = {}) =>
  aRun({ queue: "q", wish: wish(1, "start"), state: { at: "pending", fresh: true, alone: false }, ...fields });
const withSlot = (fields: Partial<Run> = {}) => executing({ queue: "q", wish: wish(1, "start"), ...fields });
const waiting = (fields: Partial<Run> = {}) =>
  withSlot({ wish: wish(2, "place"), state: { at: "waiting" }, ...fields });

describe("a run of a queue with limits (9)", () => {
  test("begins in line, and owes its queue the wish for a slot: no dispatch", () => {
    const begun = beginning({ ...aRun(), wish: NO_WISH }, BORN);
    expect(begun).toEqual({ state: { at: "pending", fresh: true, alone: false }, wish: owed(1, "start", BORN) });
  });

  test("is in line until it expires", () => {
    const begun = { ...aRun({ ttl: 10, wish: NO_WISH }), ...beginning({ ...aRun({ ttl: 10 }), wish: NO_WISH }, BORN) };
    expect(begun.state).toMatchObject({ at: "pending", due: BORN + 10_000 });
    const run = { ...begun, wish: wish(1, "start") };
    expect(transition(run, DUE, BORN + 9_999)).toEqual({ ignored: "early" });
    const { run: expired, effects } = taken(transition(run, DUE, BORN + 10_000));
    expect(expired).toMatchObject({ state: { at: "final", status: "EXPIRED" }, wish: { number: 2, want: "nothing" } });
    expect(effects).toContainEqual(WISH_EFFECT);
  });

  test("gets in line when its delay is over, and when its batch is sealed", () => {
    const delayed = aRun({ wish: NO_WISH, delayedUntil: NOW, state: { at: "delayed", due: NOW } });
    const held = aRun({ wish: NO_WISH, state: { at: "queued", fresh: true, alone: false, sends: 0, due: HELD_BACK } });
    for (const result of [transition(delayed, DUE, NOW), transition(held, { type: "released" }, NOW)]) {
      const { run, effects } = taken(result);
      expect([run.state.at, run.wish]).toEqual(["pending", owed(1, "start")]);
      expect(effects).toEqual([WISH_EFFECT]);
    }
  });

  test("is handed out to nobody while it is in line", () => {
    expect(transition(pending(), claimed(0), NOW)).toEqual({ ignored: "stale" });
    expect(statusOf(pending())).toBe("QUEUED");
    expect(statusOf(pending({ state: { at: "pending", fresh: true, alone: false, missing: true } }))).toBe(
      "PENDING_VERSION",
    );
  });

  test("is ready with its slot, and owes a dispatch", () => {
    const run = pending({ wish: owed(1, "start"), state: { at: "pending", fresh: true, alone: true } });
    const { run: ready, effects } = taken(transition(run, granted(1), NOW));
    expect(ready).toMatchObject({ state: { at: "queued", fresh: true, alone: true, sends: 0, due: NOW + 15_000 } });
    expect([ready.wish, ready.updatedAt]).toEqual([wish(1, "start"), run.updatedAt]);
    expect(effects).toEqual([{ type: "dispatch", epoch: 0, alone: true }]);
    expect(taken(transition(ready, claimed(0), NOW)).run).toMatchObject({ attempt: 1, wish: wish(1, "start") });
  });

  test.each([
    ["an earlier wish", pending({ wish: wish(3, "start") }), 2],
    ["one that it has not made", pending({ wish: wish(3, "start") }), 4],
    ["one that it has a slot for", withSlot(), 1],
    ["one from before it waited", waiting(), 1],
  ])("takes no slot for %s", (_, run, number) => {
    expect(transition(run, granted(number), NOW)).toEqual({ ignored: "stale" });
  });

  test("has its dispatch sent again with the slot that it has", () => {
    const { run } = taken(transition(pending(), granted(1), NOW));
    const again = taken(transition(run, DUE, NOW + 15_000));
    expect(again.run).toMatchObject({ state: { at: "queued", sends: 1 }, wish: wish(1, "start") });
    expect(again.effects).toEqual([{ type: "dispatch", epoch: 0, alone: false }]);
  });

  test("gives its slot back when it waits, and gets in line to go on", () => {
    const { run, effects } = taken(transition(withSlot(), suspended(1), NOW));
    expect([run.state.at, run.wish]).toEqual(["waiting", owed(2, "place")]);
    expect(effects).toEqual([WISH_EFFECT]);
    const woken = taken(transition(run, SETTLED, NOW + 1));
    expect(woken.run).toMatchObject({ state: { at: "pending", fresh: false }, wish: { number: 3, want: "resume" } });
    expect(woken.effects).toEqual([WISH_EFFECT]);
    expect(transition(woken.run, SETTLED, NOW + 2)).toEqual({ ignored: "out of place" });
  });

  test("goes on with the slot that it has when what it waits for has come meanwhile (8)", () => {
    const run = withSlot({ state: { at: "executing", call: "a call", fresh: true, news: true, due: NOW + LEASE_MS } });
    const { run: on, effects } = taken(transition(run, suspended(1), NOW));
    expect([on.state.at, on.wish]).toEqual(["queued", wish(1, "start")]);
    expect(effects).toEqual([{ type: "dispatch", epoch: 1, alone: false }]);
  });

  test("has a new slot for each attempt: it keeps its place between them, and gets in line again", () => {
    const paused = taken(transition(withSlot(), failed(1, 2_000), NOW)).run;
    expect([paused.state.at, paused.wish]).toEqual(["retrying", owed(2, "place")]);
    const again = taken(transition({ ...paused, wish: wish(2, "place") }, DUE, NOW + 2_000));
    expect(again.run).toMatchObject({ state: { at: "pending", fresh: true }, wish: { number: 3, want: "retry" } });
    expect(again.effects).toEqual([WISH_EFFECT]);
    const atOnce = taken(transition(withSlot(), failed(1, 0), NOW));
    expect(atOnce.run).toMatchObject({ state: { at: "pending", fresh: true }, wish: { number: 2, want: "retry" } });
  });

  test("gives its slot back when it crashed, once its lease has ended, and gets in line alone", () => {
    const run = withSlot();
    expect(transition(run, DUE, BORN + 9 + LEASE_MS)).toEqual({ ignored: "early" });
    const { run: crashed, effects } = taken(transition(run, DUE, BORN + 10 + LEASE_MS));
    expect(crashed).toMatchObject({ state: { at: "pending", alone: true }, wish: { number: 2, want: "retry" } });
    expect(effects).toEqual([WISH_EFFECT]);
    const last = taken(transition(withSlot({ attempt: 3 }), DUE, BORN + 10 + LEASE_MS));
    expect(last.run).toMatchObject({ state: { status: "CRASHED" }, wish: { number: 2, want: "nothing" } });
  });

  test.each([
    ["completes", completed(1), "COMPLETED"],
    ["fails", failed(1), "FAILED"],
  ] as const)("wants nothing more when it %s", (_, event, status) => {
    const { run, effects } = taken(transition(withSlot(), event, NOW));
    expect([run.state, run.wish]).toEqual([{ at: "final", status }, owed(2, "nothing")]);
    expect(effects).toContainEqual(WISH_EFFECT);
  });

  test.each([
    ["in line", pending()],
    ["ready", taken(transition(pending(), granted(1), NOW)).run],
    ["waiting", waiting()],
  ])("wants nothing more when it is canceled %s", (_, run) => {
    const { run: ended, effects } = taken(transition(run, CANCELED, NOW));
    expect(ended.wish).toEqual(owed((run.wish?.number ?? 0) + 1, "nothing"));
    expect(effects).toContainEqual(WISH_EFFECT);
  });

  test("that never wanted anything has nothing to tell when it is canceled", () => {
    const run = aRun({ wish: NO_WISH, state: { at: "delayed", due: NOW } });
    const { run: ended, effects } = taken(transition(run, CANCELED, NOW));
    expect([ended.wish, effects]).toEqual([NO_WISH, [expect.objectContaining({ type: "keep" })]]);
  });

  test("gives its slot back to a deployment that lacks its task, and gets in line again after a while", () => {
    const first = taken(transition(withSlot(), { type: "missing", epoch: 1 }, NOW));
    expect(first.run).toMatchObject({ state: { at: "queued", missing: true }, wish: { number: 2, want: "nothing" } });
    const later = taken(transition(withSlot({ attempt: 2 }), { type: "missing", epoch: 1 }, NOW));
    expect(later.run.wish).toEqual(owed(2, "place"));
    const due = { ...later.run, wish: wish(2, "place") };
    const again = taken(transition(due, DUE, NOW + 30_000));
    expect(again.run).toMatchObject({ state: { at: "pending", missing: true }, wish: { number: 3, want: "retry" } });
    expect(again.effects).toEqual([WISH_EFFECT]);
  });

  test("keeps the slot that it was given when the dispatch to a deployment that lacked its task is lost", () => {
    const run = pending({ state: { at: "pending", fresh: true, alone: false, missing: true } });
    const { run: ready } = taken(transition(run, granted(1), NOW));
    expect(ready.state).toMatchObject({ at: "queued", missing: true });
    const again = taken(transition(ready, DUE, NOW + 15_000));
    expect([again.run.state.at, again.run.wish]).toEqual(["queued", wish(1, "start")]);
    expect(again.effects).toEqual([{ type: "dispatch", epoch: 0, alone: false }]);
  });
});

describe("a run that is canceled while it executes (9)", () => {
  const canceled = taken(transition(withSlot(), CANCELED, NOW));
  const leaseEnd = BORN + 10 + LEASE_MS;

  test("is final at once, and keeps its slot as long as its code may execute", () => {
    expect(canceled.run).toMatchObject({ state: { status: "CANCELED" }, wish: wish(1, "start", { due: leaseEnd }) });
    expect(canceled.effects).not.toContainEqual(WISH_EFFECT);
    expect(transition(canceled.run, heard(1), NOW)).toEqual({ ignored: "out of place" });
    expect(isOpen({ kind: "run", record: canceled.run })).toBe(true);
  });

  test("gives its slot back when its code has ended", () => {
    const { run, effects } = taken(transition(canceled.run, ceased(1), NOW + 5));
    expect([run.wish, effects]).toEqual([owed(2, "nothing", NOW + 5), [WISH_EFFECT]]);
    expect([run.state, run.updatedAt]).toEqual([canceled.run.state, canceled.run.updatedAt]);
    expect(transition(run, ceased(1), NOW + 6)).toEqual({ ignored: "out of place" });
  });

  test("gives its slot back when its lease has ended, whatever became of its code", () => {
    expect(transition(canceled.run, DUE, leaseEnd - 1)).toEqual({ ignored: "final" });
    const { run, effects } = taken(transition(canceled.run, DUE, leaseEnd));
    expect([run.wish, effects]).toEqual([owed(2, "nothing", leaseEnd), [WISH_EFFECT]]);
  });

  test("does not give it back for code of another pass, nor when it was not canceled", () => {
    expect(transition(canceled.run, ceased(0), NOW)).toEqual({ ignored: "out of place" });
    expect(transition(withSlot(), ceased(1), NOW)).toEqual({ ignored: "out of place" });
    expect(transition(executing(), ceased(1), NOW)).toEqual({ ignored: "out of place" });
  });

  test("has no slot to keep in a queue without limits", () => {
    expect(taken(transition(executing(), CANCELED, NOW)).run.wish).toBeUndefined();
  });
});

describe("a wish (9)", () => {
  test("is owed until the queue has heard it, after longer and longer pauses", () => {
    let run = pending({ wish: owed(1, "start") });
    expect(isOpen({ kind: "run", record: run })).toBe(true);
    expect(transition(run, DUE, NOW + 4_999)).toEqual({ ignored: "early" });
    let due = NOW + 5_000;
    for (const pause of [10_000, 20_000, 40_000]) {
      const again = taken(transition(run, DUE, due));
      expect(again.effects).toEqual([WISH_EFFECT]);
      expect(again.run.wish?.due).toBe(due + pause);
      expect(again.run.wish?.number).toBe(1);
      run = again.run;
      due += pause;
    }
    const { run: told, effects } = taken(transition(run, heard(1), NOW));
    expect([told.wish?.due, effects]).toEqual([undefined, []]);
    expect(transition(told, heard(1), NOW)).toEqual({ ignored: "out of place" });
  });

  test("is told again at its own time, whatever else its run is looked at for", () => {
    const due = (run: Run) => dueOf({ kind: "run", record: run });
    const inLine = { at: "pending", fresh: true, alone: false } as const;
    expect(due(pending({ wish: owed(1, "start"), state: { ...inLine, due: NOW + 9_000 } }))).toBe(NOW + 5_000);
    expect(due(pending({ wish: owed(1, "start"), state: { ...inLine, due: NOW + 1_000 } }))).toBe(NOW + 1_000);
    expect(due(pending({ wish: owed(1, "start") }))).toBe(NOW + 5_000);
    expect(due(pending())).toBeUndefined();
    const { run } = taken(transition(withSlot({ waiter: { group: "far", n: "p.x" } }), completed(1), NOW - 1));
    expect(due({ ...run, wish: wish(2, "nothing") })).toBe(NOW + 4_999);
    expect(due({ ...run, wish: owed(2, "nothing", NOW - 9) })).toBe(NOW + 4_991);
  });

  test("is not heard by what answers an earlier one", () => {
    expect(transition(pending({ wish: owed(2, "start") }), heard(1), NOW)).toEqual({ ignored: "out of place" });
  });

  test("has a higher number than the one before", () => {
    const events: RunEvent[] = [granted(1), claimed(0), suspended(1), SETTLED, granted(3), claimed(1), failed(2, 0)];
    let run: Run = pending();
    const numbers = events.map((event) => (run = taken(transition(run, event, NOW)).run).wish?.number);
    expect(numbers).toEqual([1, 1, 2, 3, 3, 3, 4]);
  });

  test("of a final run is owed beside the message to its waiter, until each has arrived", () => {
    const { run } = taken(transition(withSlot({ waiter: { group: "far", n: "p.x" } }), completed(1), NOW));
    expect([run.telling, run.wish]).toEqual([{ tries: 0, due: NOW + 5_000 }, owed(2, "nothing")]);
    const hearing = taken(transition(run, heard(2), NOW)).run;
    expect([hearing.telling?.due, hearing.wish?.due]).toEqual([NOW + 5_000, undefined]);
    const telling = taken(transition(run, { type: "told" }, NOW)).run;
    expect([telling.telling, telling.wish?.due]).toEqual([undefined, NOW + 5_000]);
    expect(isOpen({ kind: "run", record: telling })).toBe(true);
    const both = taken(transition(taken(transition(run, DUE, NOW + 5_000)).run, DUE, NOW + 5_000)).run;
    expect([both.telling?.tries, both.wish?.tries]).toEqual([1, 1]);
  });

  test("is none of a run without a queue with limits", () => {
    for (const event of [heard(1), granted(1), ceased(1)])
      expect(transition(aRun(), event, NOW)).toHaveProperty("ignored");
    for (const run of [aRun(), executing(), executing({ state: { at: "waiting" } })])
      expect(taken(transition(run, CANCELED, NOW)).effects).not.toContainEqual(WISH_EFFECT);
  });
});
