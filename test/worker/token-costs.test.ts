import { beforeAll, beforeEach, expect, test } from "vitest";
import { resetCounts, total } from "../support/counting.ts";
import { call, countEverything, quiet, requestsOf, trigger } from "./counted-calls.ts";

beforeAll(countEverything);

beforeEach(async () => {
  await quiet(0);
  resetCounts();
});

test("a token costs 4 rows in its group and one in the index, and completed in time 2 and one more", async () => {
  const { id } = await createToken({});
  const made = await quiet(1);
  expect([total(made.rowsWritten), made.indexRows, requestsOf("RunGroup", made)]).toEqual([
    4,
    1,
    { "RunGroup.createToken": 1 },
  ]);
  resetCounts();
  await complete(id);
  const completed = await quiet(1);
  expect([total(completed.rowsWritten), completed.indexRows]).toEqual([2, 1]);
  expect(requestsOf("RunGroup", completed)).toEqual({ "RunGroup.completeToken": 1 });
});

test("the tags and the key of a token cost a row each in the index, once", async () => {
  const { id } = await createToken({ tags: ["a", "b"], idempotencyKey: "costly" });
  expect((await quiet(4)).indexRows).toBe(4);
  resetCounts();
  await complete(id);
  expect((await quiet(1)).indexRows).toBe(1);
});

test("a payload that is put at an address costs 4 rows and two requests more", async () => {
  await trigger("echo", { text: "x".repeat(200_000) }, crypto.randomUUID());
  const plain = await quiet(1);
  resetCounts();
  const given = await call("/api/v2/packets/payload", { method: "PUT" });
  const { presignedUrl, storagePath } = await given.json<{ presignedUrl: string; storagePath: string }>();
  const body = JSON.stringify({ json: { text: "x".repeat(200_000) } });
  const type = "application/super+json";
  await call(new URL(presignedUrl).pathname, { method: "PUT", body, headers: { "content-type": type } });
  await call("/api/v1/tasks/echo/trigger", {
    method: "POST",
    body: JSON.stringify({ payload: storagePath, options: { payloadType: "application/store" } }),
    headers: { "content-type": "application/json", "x-trigger-request-idempotency-key": crypto.randomUUID() },
  });
  const put = await quiet(1);

  expect(total(put.rowsWritten) - total(plain.rowsWritten)).toBe(4);
  expect(put.objectRequests).toEqual({ ...plain.objectRequests, "PacketHold.put": 1, "PacketHold.take": 1 });
});

async function createToken(options: object): Promise<{ id: string }> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", body: JSON.stringify(options), headers };
  return (await call("/api/v1/waitpoints/tokens", init)).json<{ id: string }>();
}

async function complete(token: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  await call(`/api/v1/waitpoints/tokens/${token}/complete`, { method: "POST", body: "{}", headers });
}
