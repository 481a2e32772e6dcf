import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPlatform, type Platform } from "../../scripts/platform.ts";
import { configure, runs } from "../../sdk/index.ts";
import { serve, type TestServer } from "../support/http-server.ts";
import { ask } from "../support/tasks-runs.ts";
import { finish, outputOf } from "./api.ts";

const WORKER = new URL("../support/worker.ts", import.meta.url).pathname;
const state = mkdtempSync(join(tmpdir(), "runlet-test-"));
let neighbour: TestServer;

beforeAll(async () => {
  neighbour = await serve(() => ({ body: "good morning" }));
});

afterAll(async () => {
  await neighbour.close();
  rmSync(state, { recursive: true });
});

async function withPlatform<T>(privateNetwork: boolean, use: (platform: Platform) => Promise<T>): Promise<T> {
  const platform = await startPlatform({ worker: WORKER, state, privateNetwork });
  try {
    configure({ baseURL: platform.url, accessToken: platform.key });
    return await use(platform);
  } finally {
    await platform.stop();
  }
}

test("tasks reach servers on the machine where that is allowed, on the same state as where it is not", async () => {
  const [id, refused] = await withPlatform(false, async () => {
    const handle = await ask.trigger({ url: neighbour.url });
    return [handle.id, await finish(handle)] as const;
  });
  expect(refused.status).toBe("FAILED");
  expect(neighbour.seen).toHaveLength(0);
  await withPlatform(true, async () => {
    expect(await runs.retrieve(id)).toMatchObject({ id, status: "FAILED" });
    expect(await outputOf(await ask.trigger({ url: neighbour.url }))).toBe("good morning");
  });
  expect(neighbour.seen).toHaveLength(1);
});
