import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import {
  readTokens,
  removeTokens,
  tokenStatements,
  upsertTokens,
  type TokenQuery,
} from "../../worker/storage/token-index.ts";
import type { TokenRow } from "../../worker/storage/token-row.ts";

const db = env.RUN_INDEX;
const HOUR = 3_600_000;
/** Each test has an hour of the index for itself. */
let hours = 0;
function freshHour(): { readonly from: number; readonly to: number } {
  hours += 1;
  return { from: hours * HOUR, to: (hours + 1) * HOUR - 1 };
}

let made = 0;
function waiting(row: Partial<TokenRow> & { readonly createdAt: number }): TokenRow {
  made += 1;
  const id = `waitpoint_${made.toString().padStart(4, "0")}`;
  return { id, status: "WAITING", completedAt: null, timeoutAt: null, tags: [], key: null, keyUntil: null, ...row };
}

function completed(row: TokenRow): TokenRow {
  return { ...row, status: "COMPLETED", completedAt: row.createdAt + 5 };
}

describe("a written token", () => {
  test("comes back as it was written", async () => {
    const { from, to } = freshHour();
    const plain = waiting({ createdAt: from });
    const tags = ["a,b", 'say "hi"', "ü"];
    const full = completed(waiting({ createdAt: from + 1, timeoutAt: 9, tags, key: "k", keyUntil: 10 }));
    await upsertTokens(db, [plain, full]);
    expect(await readTokens(db, { from, to, limit: 10 })).toEqual([full, plain]);
  });

  test("that is over stays so, whatever comes late", async () => {
    const { from, to } = freshHour();
    const token = waiting({ createdAt: from, tags: ["late"] });
    const timedOut: TokenRow = { ...token, status: "TIMED_OUT", completedAt: from + 9 };
    await upsertTokens(db, [timedOut]);
    expect(await upsertTokens(db, [token])).toBe(0);
    expect(await upsertTokens(db, [completed(token)])).toBe(0);
    expect(await upsertTokens(db, [timedOut])).toBe(0);
    expect(await readTokens(db, { from, to, limit: 10 })).toEqual([timedOut]);
  });

  test("goes with its tags, and goes twice", async () => {
    const { from, to } = freshHour();
    const tag = `tag-${from}`;
    const tokens = [0, 1].map((offset) => waiting({ createdAt: from + offset, tags: [tag], key: tag, keyUntil: 1 }));
    await upsertTokens(db, tokens);
    await removeTokens(db, tokens.slice(1));
    await removeTokens(db, tokens.slice(1));
    expect(await readTokens(db, { from, to, limit: 10 })).toEqual(tokens.slice(0, 1));
    const { results } = await db.prepare("SELECT id FROM token_tags WHERE tag = ?").bind(tag).all();
    expect(results).toHaveLength(1);
  });
});

describe("the cost in rows", () => {
  test("of a token is one, and one more when it is completed later", async () => {
    const { from } = freshHour();
    const token = waiting({ createdAt: from, timeoutAt: from });
    expect(await upsertTokens(db, [token])).toBe(1);
    expect(await upsertTokens(db, [token])).toBe(0);
    expect(await upsertTokens(db, [completed(token)])).toBe(1);
    expect(await upsertTokens(db, [completed(waiting({ createdAt: from + 1 }))])).toBe(1);
  });

  test("of a key and of each tag is one, once", async () => {
    const { from } = freshHour();
    const token = waiting({ createdAt: from, tags: ["one", "two"], key: "k", keyUntil: 1 });
    expect(await upsertTokens(db, [token])).toBe(4);
    expect(await upsertTokens(db, [completed(token)])).toBe(1);
  });
});

describe("a read", () => {
  const { from, to } = freshHour();
  const at = (offset: number, row: Partial<TokenRow> = {}) => waiting({ createdAt: from + offset, ...row });
  const oldest = at(0, { tags: ["red"], key: "k" });
  const done = completed(at(1, { tags: ["red", "blue"], key: "k" }));
  const late: TokenRow = { ...at(1, { tags: ["blue"] }), status: "TIMED_OUT", completedAt: 1 };
  const newest = at(3);
  const written = upsertTokens(db, [done, newest, oldest, late]);

  test.each<[string, Partial<TokenQuery>, TokenRow[]]>([
    ["no filter", {}, [newest, late, done, oldest]],
    ["a status", { statuses: ["WAITING"] }, [newest, oldest]],
    ["several statuses", { statuses: ["COMPLETED", "TIMED_OUT"] }, [late, done]],
    ["a tag", { tags: ["red"] }, [done, oldest]],
    ["several tags, one of which suffices", { tags: ["red", "blue"] }, [late, done, oldest]],
    ["tag and status", { tags: ["blue", "red"], statuses: ["WAITING"] }, [oldest]],
    ["a key", { key: "k" }, [done, oldest]],
    ["a key that nobody has", { key: "K" }, []],
    ["key and tag", { key: "k", tags: ["blue", "green"] }, [done]],
    ["all filters", { key: "k", tags: ["red"], statuses: ["WAITING"] }, [oldest]],
    ["the time", { from: from + 1, to: from + 2 }, [late, done]],
    ["a limit", { limit: 2 }, [newest, late]],
    ["older ones", { olderThan: late }, [done, oldest]],
    ["newer ones, the nearest of them", { newerThan: oldest, limit: 2 }, [late, done]],
  ])("by %s gives the tokens that fit, newest first", async (_, query, expected) => {
    await written;
    const ids = (await readTokens(db, { from, to, limit: 10, ...query })).map(({ id }) => id);
    expect(ids).toEqual(expected.map(({ id }) => id));
  });
});

test.each<[string, Partial<TokenQuery>, string]>([
  ["no filter", {}, "t USING PRIMARY KEY"],
  ["a status", { statuses: ["WAITING"] }, "t USING PRIMARY KEY"],
  ["tags", { tags: ["a", "b"], statuses: ["WAITING"] }, "k USING PRIMARY KEY"],
  ["a key", { key: "k" }, "t USING INDEX tokens_by_key"],
  ["all filters", { key: "k", tags: ["a"], statuses: ["WAITING"] }, "t USING INDEX tokens_by_key"],
])("a read by %s seeks in one index and sorts nothing", async (_, query, search) => {
  const position = { createdAt: 3, id: "waitpoint_1" };
  for (const start of [{}, { olderThan: position }, { newerThan: position }]) {
    for (const { sql, parameters } of tokenStatements({ from: 0, to: 10, limit: 5, ...query, ...start })) {
      const explained = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...parameters);
      const steps = (await explained.all<{ detail: string }>()).results.map(({ detail }) => detail);
      expect(steps[0]).toContain(`SEARCH ${search}`);
      expect(steps[0]).toContain("(created_at,id)>(?,?) AND (created_at,id)<(?,?)");
      expect(steps.filter((step) => /^SCAN [tk]\b|TEMP B-TREE/.test(step))).toEqual([]);
    }
  }
});
