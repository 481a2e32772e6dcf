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

test("every run ends, and nothing that may happen only once happens twice, whatever fails meanwhile", async () => {
  await forEachSeed("histories", 200, playHistory);
}, 600_000);
