import { test, vi } from "vitest";
import { playHistory } from "../support/history.ts";
import { forEachSeed } from "../support/random.ts";

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

// Waits go to other groups after one level instead of forty.
vi.mock("../../worker/core/address.ts", async (original) => ({ ...(await original<object>()), MAX_LOCAL_DEPTH: 1 }));

test("every run ends and each parent sees its children, though they are in other groups, whatever fails meanwhile", async () => {
  await forEachSeed("histories over groups", 100, playHistory);
}, 600_000);
