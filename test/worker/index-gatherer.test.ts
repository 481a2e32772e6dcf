import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { IndexRow } from "../../worker/storage/index-row.ts";
import { IndexGatherer } from "../../worker/objects/index-gatherer.ts";
import { readRuns } from "../../worker/storage/run-index.ts";
import { indexRow } from "./index-rows.ts";

let gatherers = 0;
function freshGatherer(): DurableObjectStub<IndexGatherer> {
  gatherers += 1;
  return env.INDEX_GATHERER.getByName(`gatherer-${gatherers}`);
}

async function countOf(task: string): Promise<number> {
  const query = { tasks: [task], from: 0, to: Date.now() };
  let count = 0;
  for (let olderThan: IndexRow | undefined; ;) {
    const rows = await readRuns(env.RUN_INDEX, {
      ...query,
      limit: 1000,
      ...(olderThan === undefined ? {} : { olderThan }),
    });
    count += rows.length;
    olderThan = rows.at(-1);
    if (olderThan === undefined) return count;
  }
}

/** The database, counting the rows of each write sent to it; writes from number `failsFrom` on fail. */
class WatchedDatabase {
  readonly writes: number[] = [];
  readonly #failsFrom: number;
  constructor(failsFrom = Number.POSITIVE_INFINITY) {
    this.#failsFrom = failsFrom;
  }
  prepare(sql: string) {
    const statement = env.RUN_INDEX.prepare(sql);
    return {
      bind: (text: string) => {
        if (sql.includes("INTO runs")) this.writes.push((JSON.parse(text) as unknown[]).length);
        return statement.bind(text);
      },
    };
  }
  batch(statements: D1PreparedStatement[]) {
    if (this.writes.length >= this.#failsFrom) return Promise.reject(new Error("D1_ERROR: Network connection lost."));
    return env.RUN_INDEX.batch(statements);
  }
}

/** Calls `write` from within an object whose database is watched. */
function withDatabase<T>(database: WatchedDatabase, use: (gatherer: IndexGatherer) => Promise<T>): Promise<T> {
  return runInDurableObject(freshGatherer(), (_, state) =>
    use(new IndexGatherer(state, { ...env, RUN_INDEX: database as unknown as D1Database })),
  );
}

describe("IndexGatherer", () => {
  test("has the rows in the index when it answers", async () => {
    const row = indexRow({ createdAt: 1, task: "answered" });
    await freshGatherer().write([row]);
    expect(await countOf("answered")).toBe(1);
  });

  test("answers at once when there is nothing to write", async () => {
    await expect(freshGatherer().write([])).resolves.toBeUndefined();
  });

  test("takes the rows of many callers over RPC", async () => {
    const gatherer = freshGatherer();
    const calls = Array.from({ length: 50 }, (_, i) => gatherer.write([indexRow({ createdAt: 10 + i, task: "many" })]));
    await Promise.all(calls);
    expect(await countOf("many")).toBe(50);
  });

  test("writes the rows of concurrent callers together", async () => {
    const database = new WatchedDatabase();
    await withDatabase(database, (gatherer) =>
      Promise.all(Array.from({ length: 30 }, (_, i) => gatherer.write([indexRow({ createdAt: 100 + i })]))),
    );
    expect(database.writes).toEqual([30]);
  });

  test("bounds each write, whether many callers or one brought the rows", async () => {
    const database = new WatchedDatabase();
    const rows = Array.from({ length: 450 }, (_, i) => indexRow({ createdAt: 1000 + i, task: "bounded" }));
    await withDatabase(database, (gatherer) =>
      Promise.all([gatherer.write(rows), ...rows.map((row) => gatherer.write([{ ...row, id: `${row.id}-again` }]))]),
    );
    expect(await countOf("bounded")).toBe(900);
    expect(Math.max(...database.writes)).toBeLessThanOrEqual(200);
    expect(database.writes.length).toBeLessThanOrEqual(6);
  });

  test("writes only the newest row of a run", async () => {
    const database = new WatchedDatabase();
    const done = indexRow({ createdAt: 2000, task: "newest", updatedAt: 9 });
    const queued: IndexRow = { ...done, status: "QUEUED", updatedAt: 8 };
    await withDatabase(database, (gatherer) => Promise.all([queued, done, queued].map((row) => gatherer.write([row]))));
    expect(database.writes).toEqual([1]);
    const [row] = await readRuns(env.RUN_INDEX, { tasks: ["newest"], from: 0, to: 3000, limit: 1 });
    expect(row?.status).toBe("COMPLETED");
  });

  test("rejects the callers of a write that failed, and takes the next", async () => {
    const failing = new WatchedDatabase(1);
    await withDatabase(failing, async (gatherer) => {
      const calls = await Promise.allSettled([1, 2].map((i) => gatherer.write([indexRow({ createdAt: 3000 + i })])));
      expect(calls.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      await expect(gatherer.write([indexRow({ createdAt: 3003 })])).rejects.toThrow("Network connection lost");
    });
    expect(failing.writes).toEqual([2, 1]);
  });

  test("refuses rows when too many wait", async () => {
    const rows = Array.from({ length: 15_000 }, (_, i) => indexRow({ createdAt: 4000 + i }));
    await withDatabase(new WatchedDatabase(1), async (gatherer) => {
      const first = gatherer.write(rows);
      await expect(gatherer.write(rows)).rejects.toThrow("behind");
      await expect(first).rejects.toThrow("Network connection lost");
      await expect(gatherer.write(rows), "after those are gone").rejects.toThrow("Network connection lost");
    });
  });

  test("answers the callers of each write by what came of it", async () => {
    const rows = Array.from({ length: 300 }, (_, i) => indexRow({ createdAt: 30_000 + i }));
    await withDatabase(new WatchedDatabase(2), async (gatherer) => {
      const calls = await Promise.allSettled(rows.map((row) => gatherer.write([row])));
      const kept = calls.map(({ status }) => status === "fulfilled");
      expect(kept).toEqual(rows.map((_, i) => i < 200));
    });
  });
});
