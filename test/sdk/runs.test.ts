import { afterEach, describe, expect, test, vi } from "vitest";
import { batch, runs, task, type RunItem } from "../../sdk/index.ts";
import type { Door } from "../../sdk/lib/door.ts";
import { encodePacket } from "../../sdk/lib/packet.ts";
import type { ListRunsQuery, RunPage } from "../../sdk/lib/wire.ts";
import { fakeDoor, inside } from "../support/fake-pass.ts";
import { runObject } from "../support/run-object.ts";

const echo = task({ id: "echo", run: async (payload: { at: Date }) => payload });

function at<T>(methods: Partial<Door>, fn: () => T): T {
  return inside({ door: fakeDoor(methods) }, fn);
}

describe("runs.retrieve", () => {
  test("gives payload and output as they were", async () => {
    const value = { at: new Date(0) };
    const run = runObject({
      payloadPacket: encodePacket(value),
      outputPacket: encodePacket(new Map([[1n, undefined]])),
    });
    const asked: unknown[] = [];
    const retrieveRun: Door["retrieveRun"] = async (...parameters) => {
      asked.push(parameters);
      return run;
    };
    const retrieved = await at({ retrieveRun }, () => runs.retrieve<typeof echo>("run_1"));
    expect(retrieved.payload).toEqual(value);
    expect(retrieved.output).toEqual(new Map([[1n, undefined]]));
    expect(retrieved).not.toHaveProperty("outputPacket");
    expect(asked).toEqual([["run_1", 0]]);
  });

  test("gives plain JSON where the platform sends no packets", async () => {
    const retrieveRun = async () => runObject({ payload: { a: 1 }, output: [2] });
    expect(await at({ retrieveRun }, () => runs.retrieve("run_1"))).toMatchObject({ payload: { a: 1 }, output: [2] });
  });

  test("takes a handle, and refuses what is neither", async () => {
    const retrieveRun: Door["retrieveRun"] = async (id) => runObject({ id });
    const handle = { id: "run_7", taskIdentifier: "echo", isCached: false };
    expect((await at({ retrieveRun }, () => runs.retrieve(handle))).id).toBe("run_7");
    const untyped = runs.retrieve as (run: unknown) => Promise<unknown>;
    await expect(at({ retrieveRun }, () => untyped(""))).rejects.toThrow("not an empty string");
    await expect(at({ retrieveRun }, () => untyped(undefined))).rejects.toThrow("handle of a run, not undefined");
  });
});

describe("runs.poll", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Polls a run that becomes final at the given question, and gives how each question was asked and when. */
  async function poll(finalAt: number, options?: Parameters<typeof runs.poll>[1]) {
    vi.useFakeTimers({ now: 0 });
    const asked: { readonly hold: number; readonly time: number }[] = [];
    const retrieveRun: Door["retrieveRun"] = async (_id, hold) => {
      asked.push({ hold, time: Date.now() });
      return runObject({ isCompleted: asked.length === finalAt, status: "EXECUTING" });
    };
    const polled = at({ retrieveRun }, () => runs.poll("run_1", options));
    const settled = polled.then(
      (run) => run,
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    return { result: await settled, asked };
  }

  test("comes back with the first answer of a run that ends while it is held", async () => {
    const { result, asked } = await poll(1);
    expect(result).toMatchObject({ id: "run_1", isCompleted: true });
    expect(asked).toEqual([{ hold: 5, time: 0 }]);
  });

  test("holds three questions, then pauses longer and longer, up to 10 seconds", async () => {
    const { asked } = await poll(12);
    expect(asked.map(({ hold }) => hold)).toEqual([5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const pauses = asked.slice(1).map(({ time }, nth) => time - (asked[nth]?.time ?? 0));
    expect(pauses.map(Math.round)).toEqual([0, 0, 1000, 1500, 2250, 3375, 5062, 7593, 10_000, 10_000, 10_000]);
  });

  test("pauses as its caller says", async () => {
    const { asked } = await poll(6, { pollIntervalMs: 20_000 });
    expect(asked.slice(2).map(({ time }) => time)).toEqual([0, 20_000, 40_000, 60_000]);
  });

  test("ends when its signal is aborted, also in a pause", async () => {
    vi.useFakeTimers({ now: 0 });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 4000);
    const retrieveRun = async () => runObject({ isCompleted: false });
    const polled = at({ retrieveRun }, () => runs.poll("run_1", { pollIntervalMs: 3000, signal: controller.signal }));
    const reason = polled.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(4000);
    expect(await reason).toMatchObject({ message: "enough" });
    expect(vi.getTimerCount()).toBe(0);
    await expect(at({ retrieveRun }, () => runs.poll("run_1", { signal: controller.signal }))).rejects.toThrow(
      "enough",
    );
  });

  test("refuses a pause that is no time", async () => {
    await expect(at({}, () => runs.poll("run_1", { pollIntervalMs: -1 }))).rejects.toThrow("pollIntervalMs");
  });
});

describe("runs.list", () => {
  const item = (n: number): RunItem => runObject({ id: `run_${n}` });

  /** Three pages of two runs; the cursor of a page is its number. */
  function pagesDoor() {
    const queries: ListRunsQuery[] = [];
    const listRuns: Door["listRuns"] = async (query): Promise<RunPage> => {
      queries.push(query);
      const page = query.after === undefined ? Number(query.before ?? 1) - 1 : Number(query.after);
      return {
        data: [item(page * 2), item(page * 2 + 1)],
        pagination: { ...(page < 2 ? { next: `${page + 1}` } : {}), ...(page > 0 ? { previous: `${page}` } : {}) },
      };
    };
    return { methods: { listRuns }, queries };
  }

  test("gives a page, and the pages beside it", async () => {
    const { methods, queries } = pagesDoor();
    const first = await at(methods, () => runs.list({ status: "QUEUED", limit: 2 }));
    expect([first.hasPreviousPage(), first.hasNextPage()]).toEqual([false, true]);
    const second = await first.getNextPage();
    const third = await second.getNextPage();
    expect(third.data.map(({ id }) => id)).toEqual(["run_4", "run_5"]);
    expect(third.hasNextPage()).toBe(false);
    expect((await second.getPreviousPage()).data.map(({ id }) => id)).toEqual(["run_0", "run_1"]);
    const filter = { status: ["QUEUED"], limit: 2 };
    expect(queries).toEqual([filter, { ...filter, after: "1" }, { ...filter, after: "2" }, { ...filter, before: "1" }]);
  });

  test("throws for a page that is not there", async () => {
    const { methods } = pagesDoor();
    const first = await at(methods, () => runs.list());
    expect(() => first.getPreviousPage()).toThrow("no further page");
    const last = await at(methods, () => runs.list({ after: "2" }));
    expect(() => last.getNextPage()).toThrow("no further page");
  });

  test("goes through all runs of all pages, and fetches no page before it is needed", async () => {
    const { methods, queries } = pagesDoor();
    const list = at(methods, () => runs.list());
    expect(queries).toHaveLength(0);
    const seen: [id: string, pages: number][] = [];
    for await (const run of list) seen.push([run.id, queries.length]);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].map((n) => [`run_${n}`, Math.floor(n / 2) + 1]));
  });

  test("goes on from a page that was awaited", async () => {
    const { methods } = pagesDoor();
    const page = await at(methods, () => runs.list());
    const seen: string[] = [];
    for await (const run of page) seen.push(run.id);
    expect(seen).toHaveLength(6);
  });

  test("takes times as dates and as numbers, and single values as lists", async () => {
    const { methods, queries } = pagesDoor();
    const filter = { taskIdentifier: "a", tag: ["x", "y"], batch: "b", from: 1000, to: new Date(2000), period: "1d" };
    await at(methods, () => runs.list(filter));
    expect(queries).toEqual([{ ...filter, taskIdentifier: ["a"], from: new Date(1000), to: new Date(2000) }]);
  });

  test("refuses filters by name", () => {
    const untyped = runs.list as (filter: object) => unknown;
    expect(() => at({}, () => untyped({ queue: "q" }))).toThrow('Filter "queue" is not supported: there are ');
    expect(() => at({}, () => untyped({ from: "yesterday" }))).toThrow('Filter "from" must be a Date');
  });
});

describe("runs.cancel, runs.logs and batch.retrieve", () => {
  test("cancel a run by id or handle", async () => {
    const cancelled: string[] = [];
    const cancelRun: Door["cancelRun"] = async (id) => void cancelled.push(id);
    expect(await at({ cancelRun }, () => runs.cancel("run_1"))).toEqual({ id: "run_1" });
    await at({ cancelRun }, () => runs.cancel({ id: "run_2", taskIdentifier: "t", isCached: false }));
    expect(cancelled).toEqual(["run_1", "run_2"]);
  });

  test("read all pages of logs", async () => {
    const line = (message: string) => ({ at: new Date(0), attempt: 1, level: "info" as const, message });
    const readLogs: Door["readLogs"] = async (_id, after) =>
      after === undefined
        ? { data: [line("a"), line("b")], pagination: { next: "2" } }
        : { data: [line(`after ${after}`)], pagination: {} };
    const messages: string[] = [];
    for await (const { message } of at({ readLogs }, () => runs.logs("run_1"))) messages.push(message);
    expect(messages).toEqual(["a", "b", "after 2"]);
  });

  test("retrieve a batch by id or handle", async () => {
    const retrieveBatch: Door["retrieveBatch"] = async (id) => ({
      id,
      status: "PENDING",
      createdAt: new Date(0),
      updatedAt: new Date(0),
      runCount: 1,
      runs: [],
      processing: { errors: [] },
    });
    expect((await at({ retrieveBatch }, () => batch.retrieve("batch_1"))).id).toBe("batch_1");
    expect((await at({ retrieveBatch }, () => batch.retrieve({ batchId: "batch_2", runCount: 1 }))).id).toBe("batch_2");
  });
});
