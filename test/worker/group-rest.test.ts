import { evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { encodeGroup, formatId } from "../../worker/core/ids.ts";
import { COMPLETED, eventually, HeldGroup } from "../support/held-group.ts";

const MINUTE = 60_000;
const VALUE = { data: "x", type: "text/plain" } as const;

const alarmOf = (group: HeldGroup) => group.inside((_, { storage }) => storage.getAlarm());

/** How many entries are open, as the group has noted and as they are. */
const openOf = (group: HeldGroup) =>
  group.inside((_, { storage: { sql } }) => {
    const [noted] = sql.exec("SELECT head ->> '$.open' AS open FROM entry WHERE seg = '!group'").toArray();
    const { open } = sql.exec("SELECT count(*) AS open FROM entry WHERE open = 1").one();
    return { noted: noted?.["open"], open };
  });

test("a large group goes to rest once it is in the index: it is not woken for that", async () => {
  const group = await new HeldGroup().hold();
  await group.stub.createBatch({ n: "b", runCount: 1_000 });
  const items = Array.from({ length: 600 }, (_, index) => ({
    index,
    task: "t",
    payload: VALUE,
    options: { tags: [] },
  }));
  await group.stub.addItems("b", items as never, "batchTrigger", false);
  const alarm = await eventually(async () => {
    const at = await alarmOf(group);
    return at !== null && at > Date.now() + MINUTE ? at : undefined;
  });
  expect(alarm).toBeLessThanOrEqual(Date.now() + 30 * MINUTE);
});

test("a group that waits without an alarm has noted what is open, and comes to its end when it has been evicted", async () => {
  const [group, tokens] = [await new HeldGroup().hold(), await new HeldGroup().hold()];
  const { n } = await tokens.stub.createToken({ request: "r", tags: [] });
  const token = formatId("waitpoint", encodeGroup(tokens.id.toString()), n);
  await group.start();
  const wait = { kind: "token", key: "token:#0", digest: "t", token } as const;
  await group.report(await group.claim("k", 0), { type: "suspended", waits: [wait] });
  await eventually(async () => ((await openOf(group)).noted === undefined ? undefined : true));
  // As if something had been open then that is not any more.
  await group.inside((_, { storage: { sql } }) => {
    sql.exec("UPDATE entry SET head = json_set(head, '$.open', 7) WHERE seg = '!group'");
  });
  await group.wakeAfter(15_000);
  expect(await alarmOf(group)).toBeNull();
  const { noted, open } = await openOf(group);
  expect([noted, open]).toEqual([open, 1]);

  await evictDurableObject(group.stub);
  await group.hold();
  await tokens.stub.completeToken(n, VALUE);
  await eventually(async () => ((await group.retrieve("k")).status === "WAITING" ? undefined : true));
  await group.report(await group.claim("k", 1), COMPLETED, 0);
  expect((await group.retrieve("k")).status).toBe("COMPLETED");
  // To the end of its retention: it knows that nothing is open.
  await eventually(async () => (((await alarmOf(group)) ?? 0) > Date.now() + 1_000 * MINUTE ? true : undefined));
});
