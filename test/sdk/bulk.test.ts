import { afterEach, describe, expect, test, vi } from "vitest";
import { runs, type BulkActionObject } from "../../sdk/index.ts";
import type { BulkActionRequest, BulkDoor } from "../../sdk/lib/door.ts";
import { fakeDoor, inside } from "../support/fake-pass.ts";

function at<T>(methods: Partial<BulkDoor>, fn: () => T): T {
  const { bulk, ...door } = fakeDoor();
  return inside({ door: { ...door, bulk: { ...bulk, ...methods } } }, fn);
}

function action(fields: Partial<BulkActionObject> = {}): BulkActionObject {
  const counts = { total: 5, success: 0, failure: 0, skipped: 0 };
  return { id: "bulk_1", type: "CANCEL", status: "PENDING", counts, createdAt: new Date(0), ...fields };
}

describe("runs.bulk.cancel and replay", () => {
  async function asked(begin: () => Promise<unknown>): Promise<BulkActionRequest | undefined> {
    const requests: BulkActionRequest[] = [];
    const create: BulkDoor["create"] = async (request) => {
      requests.push(request);
      return { id: "bulk_1" };
    };
    expect(await at({ create }, begin)).toEqual({ id: "bulk_1" });
    return requests[0];
  }

  test("take ids and handles", async () => {
    const handle = { id: "run_2", taskIdentifier: "t", isCached: false };
    expect(await asked(() => runs.bulk.cancel({ runIds: ["run_1", handle], name: "n" }))).toEqual({
      ...{ action: "cancel", runIds: ["run_1", "run_2"], name: "n" },
      requestKey: expect.any(String),
    });
  });

  test("take a filter as runs.list does", async () => {
    const filter = { status: "FAILED", tag: ["a"], from: 5, bulkAction: "bulk_0", period: undefined } as const;
    expect(await asked(() => runs.bulk.replay({ filter, targetRegion: "eu" }))).toMatchObject({
      action: "replay",
      filter: { status: ["FAILED"], tag: ["a"], from: new Date(5), bulkAction: "bulk_0" },
      targetRegion: "eu",
    });
  });

  test("ask under another key each time", async () => {
    const keys = [1, 2].map(() => asked(() => runs.bulk.cancel({ runIds: ["run_1"] })));
    const [first, second] = await Promise.all(keys);
    expect(first?.requestKey).not.toBe(second?.requestKey);
  });

  test("refuse what they do not know by name", async () => {
    const untyped = runs.bulk.cancel as (options: unknown) => Promise<unknown>;
    await expect(untyped({ ids: ["run_1"] })).rejects.toThrow('Option "ids" is unknown');
    await expect(untyped({ filter: { limit: 5 } })).rejects.toThrow(
      'Filter "limit" is not supported: there are status, taskIdentifier, tag, batch, bulkAction, schedule, from, to, period.',
    );
    await expect(untyped({ runIds: [5] })).rejects.toThrow("id or the handle of a run");
    await expect((runs.bulk.retrieve as (id: unknown) => Promise<unknown>)({})).rejects.toThrow("id of a bulk action");
  });
});

describe("runs.bulk.poll", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("asks at growing pauses until the action is over, and tells of each change", async () => {
    vi.useFakeTimers({ now: 0 });
    const times: number[] = [];
    const states = [0, 0, 3, 3, 5].map((success) => action({ counts: { ...action().counts, success } }));
    const retrieve: BulkDoor["retrieve"] = async () => {
      times.push(Date.now());
      return states[times.length - 1] ?? action({ status: "COMPLETED" });
    };
    const seen: string[] = [];
    const onProgress = ({ status, counts }: BulkActionObject) => seen.push(`${status} ${counts.success}`);
    const polled = at({ retrieve }, () => runs.bulk.poll("bulk_1", { onProgress }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await polled).status).toBe("COMPLETED");
    expect(seen).toEqual(["PENDING 0", "PENDING 3", "PENDING 5", "COMPLETED 0"]);
    expect(times.map(Math.round)).toEqual([0, 1000, 2500, 4750, 8125, 13_187]);
  });

  test("ends when its signal is aborted, and refuses a pause that is no time", async () => {
    const retrieve = async () => action();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(at({ retrieve }, () => runs.bulk.poll("bulk_1", { signal }))).rejects.toThrow("enough");
    await expect(at({}, () => runs.bulk.poll("bulk_1", { pollIntervalMs: -1 }))).rejects.toThrow("pollIntervalMs");
  });
});

test("runs.bulk.list turns pages with the size that was asked for", async () => {
  const queries: unknown[] = [];
  const list: BulkDoor["list"] = async (query) => {
    queries.push(query);
    return { data: [action({ id: `bulk_${queries.length}` })], pagination: queries.length < 3 ? { next: "n" } : {} };
  };
  const seen: string[] = [];
  for await (const { id } of at({ list }, () => runs.bulk.list({ limit: 1, after: "a" }))) seen.push(id);
  expect(seen).toEqual(["bulk_1", "bulk_2", "bulk_3"]);
  expect(queries).toEqual([
    { limit: 1, after: "a" },
    { limit: 1, after: "n" },
    { limit: 1, after: "n" },
  ]);
});

test("runs.bulk.list has no filters, and says so", () => {
  const untyped = runs.bulk.list as (position: object) => unknown;
  const list = () => at({}, () => untyped({ status: "PENDING" }));
  expect(list).toThrow('Filter "status" is not supported: there are limit, after, before.');
});
