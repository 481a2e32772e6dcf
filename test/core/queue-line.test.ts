import { describe, expect, test } from "vitest";
import type { QueueLimits, Rate } from "../../sdk/lib/queue-limits.ts";
import { laneOf, QueueLine, RESUME, type Lane, type QueueCounts } from "../../worker/core/queue-line.ts";
import { withStart, type RateLog } from "../../worker/core/rate-log.ts";

const RETRY = laneOf("retry");
const START = laneOf("start");
const NOTHING: QueueCounts = { line: [], holders: [] };

/** A line with those who wait in it, as the dealer keeps it. */
class Line {
  readonly line: QueueLine;
  now = 1_000_000;
  private readonly logs = new Map<string | undefined, RateLog>();

  constructor(limits: Partial<QueueLimits>, counts = NOTHING, begin = 0) {
    this.line = new QueueLine({ executing: {}, inFlight: {}, starts: {}, ...limits }, counts, begin);
  }

  join(keys: string, lane: Lane = START): this {
    for (const key of keys) this.line.join(key, lane);
    return this;
  }

  /** Everyone whose turn it is goes, as many as are asked for: their keys, with the lane where it is not the last. */
  serve(most = 1_000): string {
    const served: string[] = [];
    this.line.passTime(this.now);
    while (served.length < most) {
      const turn = this.line.next((key) => this.logs.get(key) ?? [], this.now);
      if (turn === undefined) break;
      const { key, lane } = turn;
      this.line.leave(key, lane);
      this.line.hold(key, 1, lane === START ? 1 : 0);
      this.line.endTurn(key);
      if (lane !== RESUME) this.note(key);
      served.push(lane === START ? key : `${key}${lane}`);
    }
    return served.join(" ");
  }

  /** One of the key is over; or, with a place, goes on to wait. */
  end(key: string, place = -1): this {
    this.line.hold(key, -1, place);
    return this;
  }

  private note(key: string): void {
    const { perKey, total } = this.line.limits.starts;
    if (total !== undefined) this.logs.set(undefined, withStart(this.logs.get(undefined) ?? [], total, this.now));
    if (perKey !== undefined) this.logs.set(key, withStart(this.logs.get(key) ?? [], perKey, this.now));
  }
}

const rate = (limit: number, periodMs: number): Rate => ({ limit, periodMs });
const insides = ({ line }: Line) =>
  line as unknown as {
    readonly keys: Map<string, unknown>;
    readonly turns: readonly Set<string>[];
    readonly paced: { readonly length: number };
    readonly pacedUntil: Map<string, number>;
  };

describe("a limit (1)", () => {
  test("bounds what executes, in all", () => {
    const line = new Line({ executing: { total: 2 } }).join("aab");
    expect(line.serve()).toBe("a b");
    expect(line.serve()).toBe("");
    expect(line.end("b").serve()).toBe("a");
    expect([line.line.executing, line.line.queued]).toEqual([2, 0]);
  });

  test("bounds what executes, of each key: who is full is passed over", () => {
    const line = new Line({ executing: { perKey: 1 } }).join("aabb");
    expect(line.serve()).toBe("a b");
    expect(line.end("b").serve()).toBe("b");
    expect(line.end("a").serve()).toBe("a");
  });

  test("bounds who is in flight, in all: only those who start need a place", () => {
    const line = new Line({ inFlight: { total: 1 } }).join("ab");
    expect(line.serve()).toBe("a");
    line.end("a", 0).join("a", RESUME).join("c", RETRY);
    expect(line.serve()).toBe("a0 c1");
    expect(line.end("a").serve()).toBe("b");
  });

  test("bounds who is in flight, of each key", () => {
    const line = new Line({ inFlight: { perKey: 1 } }).join("aab");
    expect(line.serve()).toBe("a b");
    expect(line.end("a", 0).serve()).toBe("");
    expect(line.join("a", RESUME).serve()).toBe("a0");
    expect(line.end("a").serve()).toBe("a");
  });

  test("of zero lets nobody go", () => {
    expect(new Line({ executing: { total: 0 } }).join("a").serve()).toBe("");
  });

  test("that is lowered below what there is takes nothing away", () => {
    const holders = [{ key: "a", executing: 3, inFlight: 3 }];
    const line = new Line({ executing: { total: 2 } }, { line: [{ key: "b", lane: START, count: 1 }], holders });
    expect(line.end("a").serve()).toBe("");
    expect(line.end("a").serve()).toBe("b");
  });

  test("counts what was stored before", () => {
    const counts = {
      line: [{ key: "a", lane: START, count: 2 }],
      holders: [{ key: "a", executing: 1, inFlight: 2 }],
    };
    const line = new Line({ executing: { perKey: 2 } }, counts);
    expect([line.line.executing, line.line.inFlight, line.line.queued]).toEqual([1, 2, 2]);
    expect(line.serve()).toBe("a");
  });
});

describe("a rate (1)", () => {
  test("bounds what begins in all, and the rest goes when its time has come", () => {
    const line = new Line({ starts: { total: rate(2, 1_000) } }).join("aabb");
    expect(line.serve()).toBe("a b");
    expect(line.line.nextTime(line.now)).toBe(line.now + 1_000);
    line.now += 999;
    expect(line.serve()).toBe("");
    line.now += 1;
    expect(line.serve()).toBe("a b");
    expect(line.line.nextTime(line.now)).toBeUndefined();
  });

  test("bounds what begins of each key, and does not hold up others", () => {
    const line = new Line({ starts: { perKey: rate(1, 1_000) } }).join("aaab");
    expect(line.serve()).toBe("a b");
    line.now += 400;
    expect(line.join("c").serve()).toBe("c");
    expect(line.line.nextTime(line.now)).toBe(line.now + 600);
    line.now += 600;
    expect(line.serve()).toBe("a");
    line.now += 1_000;
    expect(line.serve()).toBe("a");
  });

  test("bounds further attempts too, and not who goes on", () => {
    const line = new Line({ starts: { total: rate(1, 1_000) } }).join("aa", RETRY).join("bb", RESUME);
    expect(line.serve()).toBe("a1 b0 b0");
    line.now += 1_000;
    expect(line.serve()).toBe("a1");
  });

  test("looks a key up once, however often it comes and goes meanwhile (3)", () => {
    const line = new Line({ starts: { perKey: rate(1, 3_600_000) } }).join("a");
    expect(line.serve()).toBe("a");
    line.end("a");
    for (let i = 0; i < 100; i += 1) {
      line.now += 1;
      line.join("a").serve();
      line.line.leave("a", START);
    }
    expect(insides(line).paced.length).toBeLessThanOrEqual(1);
    line.join("a").serve();
    line.now += 3_600_000;
    expect(line.serve()).toBe("a");
  });

  test("wants no time for a key of which nobody waits any more", () => {
    const line = new Line({ starts: { perKey: rate(1, 1_000) }, executing: { total: 3 } }).join("aabb");
    line.serve();
    line.line.leave("a", START);
    line.line.leave("b", START);
    line.join("c");
    expect(line.line.nextTime(line.now)).toBeUndefined();
    expect(insides(line).pacedUntil.size).toBe(0);
  });
});

describe("keys (2)", () => {
  test("take turns, whatever the number of those who wait", () => {
    const line = new Line({ executing: { total: 1 } });
    line.line.join("big", START, 100_000);
    line.line.join("small", START, 3);
    const order: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      order.push(line.serve());
      line.end(order.at(-1) ?? "");
    }
    expect(order).toEqual(["big", "small", "big", "small", "big", "small", "big", "big"]);
  });

  test("that come later wait for no more than one turn of each other", () => {
    const line = new Line({ executing: { total: 1 } }).join("aaaabbbb");
    expect(line.serve()).toBe("a");
    line.join("c");
    expect([line.end("a").serve(), line.end("b").serve(), line.end("c").serve()]).toEqual(["b", "a", "c"]);
  });

  test("take turns though the runs of one go on all the time and those of another have not started", () => {
    const line = new Line({ executing: { total: 1 } });
    line.line.join("big", RESUME, 100);
    line.line.join("small", START, 2);
    const order: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      const served = line.serve();
      order.push(served);
      line.end(served.replace(/\d/, ""));
    }
    expect(order).toEqual(["big0", "small", "big0", "small", "big0", "big0"]);
  });

  test("cannot get ahead by coming anew each time", () => {
    const line = new Line({ executing: { total: 1 } }).join("bb").join("a", RESUME);
    const order: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const served = line.serve();
      order.push(served);
      line.end(served.replace(/\d/, ""));
      if (served === "a0") line.join("a", RESUME);
    }
    expect(order).toEqual(["b", "a0", "b", "a0"]);
  });

  test("do not always begin with the same one when the queue is loaded for each turn", () => {
    const line = ["a", "b", "c"].map((key) => ({ key, lane: START, count: 5 }));
    const first = (begin: number) => new Line({ executing: { total: 1 } }, { line, holders: [] }, begin).serve();
    expect([0, 1, 2, 3, 4].map(first)).toEqual(["a", "b", "c", "a", "b"]);
    const lanes: readonly Lane[] = [START, RESUME];
    const both = lanes.map((lane, i) => ({ key: "ab".charAt(i), lane, count: 1 }));
    const serve = (begin: number) => new Line({ executing: { total: 1 } }, { line: both, holders: [] }, begin).serve();
    expect([serve(0), serve(1)]).toEqual(["a", "b0"]);
  });
});

describe("of one key, the line", () => {
  test("has those first who go on, then those who try again, then those who start", () => {
    const line = new Line({}).join("a").join("a", RETRY).join("a", RESUME);
    expect(line.serve()).toBe("a0 a1 a");
  });
});

describe("what is counted", () => {
  test("is forgotten with the last run of a key (3)", () => {
    const line = new Line({ executing: { total: 1 } }).join("ab");
    line.serve();
    line.line.leave("b", START);
    line.end("a");
    expect([...insides(line).keys.keys()]).toEqual([]);
    expect(insides(line).turns.map((turns) => turns.size)).toEqual([0, 0, 0]);
  });

  test("is right with a hundred thousand keys (3)", () => {
    const line = new Line({ executing: { total: 1 } });
    for (let i = 0; i < 100_000; i += 1) line.line.join(`k${i}`, START);
    for (let i = 0; i < 1_000; i += 1) {
      expect(line.serve()).toBe(`k${i}`);
      line.end(`k${i}`);
    }
    expect(line.line.queued).toBe(99_000);
    expect(insides(line).keys.size).toBe(99_000);
  });
});
