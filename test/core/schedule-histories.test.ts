import { test, vi } from "vitest";
import { forEachSeed } from "../support/random.ts";
import { playScheduleHistory } from "../support/schedule-history.ts";

vi.mock("cloudflare:workers", () => ({
  DurableObject: class {
    readonly ctx: unknown;
    readonly env: unknown;
    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx;
      this.env = env;
    }
  },
}));

test("each tick that counts has one run, and runs overlap as they may, whatever fails meanwhile", async () => {
  await forEachSeed("schedule histories", 25, playScheduleHistory);
}, 600_000);
