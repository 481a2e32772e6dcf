import { expect, test, vi } from "vitest";
import { LANES, type Lane } from "../../worker/core/queue-line.ts";
import { oneAtOnce } from "../support/dealt-queue.ts";
import { forEachSeed, Random } from "../support/random.ts";

test("a line that is longer than what is counted at once is served to its end, in order, and counted when asked for", () => {
  const queue = oneAtOnce();
  queue.hear("first", 1, "start");
  queue.serve();
  for (let i = 0; i < 2_500; i += 1) queue.hear(`r${i}`, 1, "start", { rank: i });
  queue.serve();
  queue.restart();
  const recounts = vi.spyOn(queue.store, "laneCount");
  expect(queue.dealer.line.queued).toBe(1_000);
  expect(queue.dealer.describe()).toMatchObject({ running: 1, queued: 2_500 });
  const served: string[] = [];
  for (let next = "first1"; next !== ""; next = queue.serve()) {
    served.push(next);
    queue.hear(next.slice(0, -1), 2, "nothing");
  }
  expect(served).toEqual(["first1", ...Array.from({ length: 2_500 }, (_, i) => `r${i}1`)]);
  expect(recounts.mock.calls.length).toBe(2);
  expect([queue.counts, queue.dealer.describe().queued]).toEqual(["0 execute, 0 in flight, 0 wait", 0]);
});

test("each lane in which somebody stands is found, and counted as far as is asked for", async () => {
  await forEachSeed("lanes", 50, (seed) => {
    const random = new Random(seed);
    const { store } = oneAtOnce();
    const real = new Map<string, number>();
    for (let i = random.below(60); i > 0; i -= 1) {
      const [key, lane] = [random.pick(["", "a", "b", "b c"]), random.pick<Lane>(LANES)];
      store.join(key, lane, { rank: random.below(5), group: "g", n: `r${i}` }, 1);
      real.set(`${key}/${lane}`, (real.get(`${key}/${lane}`) ?? 0) + 1);
    }
    const most = 1 + random.below(8);
    const counted = new Map(store.counts(most).line.map(({ key, lane, count }) => [`${key}/${lane}`, count]));
    expect([...counted.keys()].sort()).toEqual([...real.keys()].sort());
    for (const [name, count] of real) {
      expect(counted.get(name)).toBeGreaterThanOrEqual(Math.min(count, most));
      expect(counted.get(name)).toBeLessThanOrEqual(count);
    }
  });
});
