import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { readTokens } from "../../worker/storage/token-index.ts";
import type { TokenRow } from "../../worker/storage/token-row.ts";
import { eventually, HeldGroup } from "../support/held-group.ts";
import { IndexAway } from "../support/index-away.ts";

const DAY = 86_400_000;
const VALUE = { data: "x", type: "text/plain" } as const;

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const fresh = () => `tag-${crypto.randomUUID()}`;

const listed = (tag: string): Promise<TokenRow[]> =>
  readTokens(env.RUN_INDEX, { tags: [tag], from: 0, to: Date.now() + 100 * DAY, limit: 10 });

const statusesOf = async (tag: string) => (await listed(tag)).map(({ status }) => status);

const seen = (tag: string, ...statuses: TokenRow["status"][]) =>
  eventually(async () => ((await statusesOf(tag)).join() === statuses.join() ? true : undefined));

const rowOfGroup = (group: HeldGroup) =>
  group.inside(
    (_, { storage }) => storage.sql.exec("SELECT 1 FROM entry WHERE parent = '' AND seg = '!group'").toArray().length,
  );

describe("a token is in the index", () => {
  test("a moment after it was made, and as what became of it", async () => {
    const [tag, group] = [fresh(), await new HeldGroup().hold()];
    const { n } = await group.stub.createToken({ request: "r", tags: [tag], timeout: "1h" });
    await seen(tag, "WAITING");
    await group.stub.completeToken(n, VALUE);
    await seen(tag, "COMPLETED");
    const [row] = await listed(tag);
    expect(row).toMatchObject({ tags: [tag], key: null, timeoutAt: (row?.createdAt ?? 0) + 3_600_000 });
  });

  test("as timed out when nobody has completed it", async () => {
    const [tag, group] = [fresh(), await new HeldGroup().hold()];
    await group.stub.createToken({ request: "r", tags: [tag], timeout: "1h" });
    await seen(tag, "WAITING");
    await group.wakeAfter(3_601_000);
    await seen(tag, "TIMED_OUT");
  });

  test("when the index was away, once it is back", async () => {
    const [tag, index] = [fresh(), new IndexAway()];
    const group = await new HeldGroup().hold();
    // The gatherer writes it: here it is the one that is away.
    await group.inside(({ memory }) => {
      memory.groupIndex.env = {
        ...env,
        INDEX_GATHERER: { idFromName: () => "", get: () => ({ writeTokens: () => index.batch() }) },
      };
    });
    await group.stub.createToken({ request: "r", tags: [tag] });
    await eventually(async () => (index.tries > 0 ? true : undefined));
    expect(await statusesOf(tag)).toEqual([]);
    await group.hold(env.RUN_INDEX);
    await group.wakeAfter(16_000);
    expect(await statusesOf(tag)).toEqual(["WAITING"]);
  });

  test.each([[0], [1]])("though its group forgot to write it (%i completed before)", async (before) => {
    const [tag, key, group] = [fresh(), fresh(), await new HeldGroup().hold()];
    const options = { tags: [tag], idempotencyKey: key, idempotencyKeyTTL: "1s" };
    for (let i = 0; i < before; i += 1) {
      const { n } = await group.stub.createToken({ request: `r${i}`, ...options });
      await group.stub.completeToken(n, VALUE);
      await seen(tag, "COMPLETED");
      await group.wakeAfter(2_000);
    }
    await group.stub.createToken({ request: "last", ...options });
    await group.forgetIndex();
    await evictDurableObject(group.stub);
    expect(await statusesOf(tag)).toEqual(before === 0 ? [] : ["COMPLETED"]);
    await group.hold();
    await group.wakeAfter(16_000);
    await seen(tag, ...(before === 0 ? (["WAITING"] as const) : (["WAITING", "COMPLETED"] as const)));
  });

  test("until its group goes", async () => {
    const [tag, group] = [fresh(), await new HeldGroup().hold()];
    const { n } = await group.stub.createToken({ request: "r", tags: [tag] });
    await group.stub.completeToken(n, VALUE);
    await seen(tag, "COMPLETED");
    await group.wakeAfter(29 * DAY);
    expect(await statusesOf(tag)).toEqual(["COMPLETED"]);
    await group.wakeAfter(2 * DAY);
    expect(await statusesOf(tag)).toEqual([]);
    expect(await group.stub.retrieveToken(n)).toBeNull();
  });
});

test("a group remembers what it has written from its second token on", async () => {
  const [tag, key, group] = [fresh(), fresh(), await new HeldGroup().hold()];
  const options = { tags: [tag], idempotencyKey: key, idempotencyKeyTTL: "1s" };
  await group.stub.createToken({ request: "a", ...options });
  await seen(tag, "WAITING");
  expect(await rowOfGroup(group)).toBe(0);
  await group.wakeAfter(2_000);
  await group.stub.createToken({ request: "b", ...options });
  await seen(tag, "WAITING", "WAITING");
  await eventually(async () => ((await rowOfGroup(group)) === 1 ? true : undefined));
});
