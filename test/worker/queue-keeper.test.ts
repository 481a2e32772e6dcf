import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { eventually } from "../support/held-group.ts";

const start = (n: string) => ({ n, number: 1, want: "start", key: "", rank: 0 }) as const;

test("a queue that was evicted knows its limits when its alarm wakes it, and takes back what no group wants", async () => {
  const group = env.RUN_GROUP.idFromName(`nobody:${crypto.randomUUID()}`).toString();
  const queue = env.QUEUE_KEEPER.getByName("three-a-second");
  const granted = await queue.wish(group, ["a", "b", "c", "d"].map(start));
  expect(granted.map(({ n }) => n)).toEqual(["a", "b", "c"]);
  expect(await queue.describe()).toMatchObject({ running: 3, queued: 1 });
  await evictDurableObject(queue);
  // What was said in answer to wishes is said again after a minute or two.
  await runInDurableObject(queue, (keeper) => {
    const { memory } = keeper as unknown as { readonly memory: { clock: () => number } };
    memory.clock = () => Date.now() + 180_000;
  });
  await eventually(async () => {
    await runDurableObjectAlarm(queue);
    const { running, queued } = await queue.describe();
    return running + queued === 0 ? true : undefined;
  }, 15_000);
});
