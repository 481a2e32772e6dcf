import { afterAll, beforeAll, expect, test } from "vitest";
import { startPlatform, type Platform } from "../../scripts/platform.ts";
import { configure, runs, tasks } from "../../sdk/index.ts";
import type { fulfilOrder } from "../../examples/embedded/tasks.ts";
import { outputOf } from "./api.ts";

let shop: Platform;

beforeAll(async () => {
  shop = await startPlatform({ worker: new URL("../../examples/embedded/wrangler.toml", import.meta.url).pathname });
  configure({ baseURL: shop.url, accessToken: shop.key });
});

afterAll(() => shop?.stop());

async function ask(path: string, init?: RequestInit): Promise<readonly [status: number, text: string]> {
  const response = await fetch(shop.url + path, init);
  return [response.status, await response.text()];
}

test("the Worker's own routes are as they were", async () => {
  expect(await ask("/")).toEqual([200, "Welcome to The Corner Shop"]);
  expect(await ask("/health")).toEqual([200, "The shop is open"]);
  expect(await ask("/nothing/here")).toEqual([404, "The shop has no such page"]);
  expect(await ask("/api/v1/prices")).toEqual([404, "The shop has no such page"]);
});

test("its own fetch triggers a task and looks at its run, without a key", async () => {
  const order = { customer: "Ada", items: ["tea", "milk"] };
  const [status, text] = await ask("/orders", { method: "POST", body: JSON.stringify(order) });
  expect(status).toBe(202);
  const { id } = JSON.parse(text) as { id: string };
  const show = async () => JSON.parse((await ask(`/orders/${id}`))[1]) as { status: string };
  await expect.poll(async () => (await show()).status, { timeout: 20_000 }).toBe("COMPLETED");
  expect(await show()).toEqual({
    status: "COMPLETED",
    parcel: ["tea, wrapped", "milk, wrapped"],
    receipt: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(await runs.retrieve(id)).toMatchObject({ taskIdentifier: "fulfil-order", tags: ["customer Ada"] });
});

test("what the platform refuses is an error that its code can catch", async () => {
  expect(await ask("/orders/run_none")).toEqual([404, "No such order"]);
});

test("the same Worker answers Runlet's API, with a key", async () => {
  const handle = await tasks.trigger<typeof fulfilOrder>("fulfil-order", { customer: "Bob", items: ["jam"] });
  expect(await outputOf(handle)).toMatchObject({ customer: "Bob", parcel: ["jam, wrapped"] });
  expect((await ask("/api/v1/health"))[0]).toBe(200);
  expect((await ask("/api/v1/runs"))[0]).toBe(401);
});
