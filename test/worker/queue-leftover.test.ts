import { evictDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";

// A deploy has taken the queue out of the code while runs stood in its line.
const NAME = "taken/out";

async function queue(verb = "", body?: object) {
  const headers = { authorization: `Bearer ${env.RUNLET_SECRET_KEY}`, "content-type": "application/json" };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const url = `http://runlet.test/api/v1/queues/taken%252Fout${verb}?type=custom`;
  const response = await exports.default.fetch(url, init);
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

test("a queue that the code has no longer is looked at and resumed until it is empty, and not there after that", async () => {
  const keeper = env.QUEUE_KEEPER.getByName(NAME);
  const group = env.RUN_GROUP.idFromName("of another test").toString();
  const wish = { n: "a", number: 1, want: "start", key: "", rank: 0 } as const;
  expect((await queue()).status).toBe(404);
  await keeper.setPaused(true);
  await keeper.setConcurrencyLimit(3);
  expect(await keeper.wish(group, [wish])).toEqual([]);
  await evictDurableObject(keeper);

  const left = { name: NAME, isLimited: false, paused: true, queued: 1, concurrencyLimit: 3 };
  expect(await queue()).toMatchObject({ status: 200, body: left });
  const pause = await queue("/pause", { type: "custom", action: "pause" });
  expect([pause.status, pause.body["code"]]).toEqual([404, "queue_not_found"]);
  const resumed = await queue("/pause", { type: "custom", action: "resume" });
  expect(resumed).toMatchObject({ status: 200, body: { paused: false, queued: 0, running: 1 } });
  expect(await queue("/concurrency/reset", { type: "custom" })).toMatchObject({ body: { concurrencyLimit: null } });
  await keeper.wish(group, [{ ...wish, number: 2, want: "nothing" }]);
  expect((await queue()).status).toBe(404);
  const reset = await queue("/concurrency/reset", { type: "custom" });
  expect([reset.status, reset.body["code"]]).toEqual([404, "queue_not_found"]);
});
