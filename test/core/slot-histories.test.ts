import { test } from "vitest";
import { checkEmpty } from "../support/queue-checks.ts";
import { QueueWorld, someLimits } from "../support/queue-world.ts";
import { forEachSeed, Random } from "../support/random.ts";

const STEPS = 250;
/** Everything is over within so many further steps. */
const PATIENCE = 20_000;

test("no limit is passed, no slot is lost and everyone has their turn, whatever is lost, doubled or late", async () => {
  await forEachSeed("slots", 60, (seed) => {
    const random = new Random(seed);
    const world = new QueueWorld(random, someLimits(random));
    try {
      for (let step = 0; step < STEPS; step += 1) world.step();
      world.calm();
      for (let step = 0; !world.isOver; step += 1) {
        if (step > PATIENCE) throw new Error("Somebody waits for ever.");
        world.step();
      }
      checkEmpty(world);
    } finally {
      world.close();
    }
  });
}, 600_000);
