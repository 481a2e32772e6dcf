import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";
import { readRuns } from "../../worker/storage/run-index.ts";
import { COMPLETED, eventually, HeldGroup } from "../support/held-group.ts";
import { IndexAway } from "../support/index-away.ts";

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const statusesOf = async (task: string): Promise<string[]> => {
  const rows = await readRuns(env.RUN_INDEX, { tasks: [task], from: 0, to: Date.now(), limit: 10 });
  return rows.map(({ status }) => status);
};

/** A run that is over and of which the index, which was away, does not know. */
async function endedUnknown(task: string): Promise<HeldGroup> {
  const index = new IndexAway();
  const group = await new HeldGroup().hold(index.database);
  await group.start({ n: "s1", task });
  await group.report(await group.claim("s1", 0), COMPLETED);
  await eventually(async () => (index.tries > 0 ? true : undefined));
  expect(await statusesOf(task)).toEqual([]);
  return group;
}

test("an index that was away is caught up with by the group's alarm", async () => {
  const task = `task-${crypto.randomUUID()}`;
  const group = await endedUnknown(task);
  await group.hold(env.RUN_INDEX);
  await group.wakeAfter(16_000);
  expect(await statusesOf(task)).toEqual(["COMPLETED"]);
  const alarm = await group.inside((_, { storage }) => storage.getAlarm());
  expect((alarm ?? 0) - Date.now(), "the end of its retention").toBeGreaterThan(29 * 86_400_000);
});

test("changes that a group has forgotten to write are found again when its alarm wakes it", async () => {
  const task = `task-${crypto.randomUUID()}`;
  const group = await new HeldGroup().hold();
  await group.start({ n: "s1", task });
  await group.report(await group.claim("s1", 0), COMPLETED);
  await group.forgetIndex();
  await evictDurableObject(group.stub);
  expect(await statusesOf(task)).toEqual([]);
  await group.wakeAfter(16_000);
  expect(await statusesOf(task)).toEqual(["COMPLETED"]);
});

test("an index that fails keeps no run from its work", async () => {
  const group = await endedUnknown(`task-${crypto.randomUUID()}`);
  expect(await group.retrieve("s1")).toMatchObject({ status: "COMPLETED" });
});
