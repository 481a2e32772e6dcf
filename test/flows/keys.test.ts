import { expect, test } from "vitest";
import { startPlatform } from "../../scripts/platform.ts";

const WORKER = new URL("../support/worker.ts", import.meta.url).pathname;

test("each of several keys opens the platform, and one that is taken away does not any more", async () => {
  const trigger = async (url: string, key: string): Promise<number> => {
    const response = await fetch(`${url}/api/v1/tasks/add/trigger`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ payload: { a: 1, b: 1 } }),
    });
    return response.status;
  };
  const [old, next] = [crypto.randomUUID(), crypto.randomUUID()];
  const before = await startPlatform({ worker: WORKER, key: `${old}, ${next}` });
  try {
    expect(before.key).toBe(old);
    expect(await trigger(before.url, old)).toBe(200);
    expect(await trigger(before.url, next)).toBe(200);
    expect(await trigger(before.url, `${old},${next}`)).toBe(401);
    expect(await trigger(before.url, old.slice(0, -1))).toBe(401);
  } finally {
    await before.stop();
  }
  const after = await startPlatform({ worker: WORKER, key: next });
  try {
    expect(await trigger(after.url, next)).toBe(200);
    expect(await trigger(after.url, old)).toBe(401);
  } finally {
    await after.stop();
  }
});
