import { env, exports } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { resetCounts, total } from "../support/counting.ts";
import { signOrder, type SignedOrder } from "../support/signed-webhook.ts";
import { call, countEverything, quiet, requestsOf } from "./counted-calls.ts";

const NOTHING = { rowsWritten: {}, rowsRead: 0, objectRequests: {}, objectMs: 0, queueMessages: 0, indexRows: 0 };

beforeAll(countEverything);

beforeEach(async () => {
  await quiet(0);
  resetCounts();
});

async function send(endpoint: string, order: SignedOrder): Promise<Response> {
  return exports.default.fetch(`http://runlet.test/webhooks/${endpoint}`, await signOrder(order));
}

test("a delivery with a run costs a row more than the run in its group, no request more of it, and two rows of the index", async () => {
  const response = await send("orders", { body: { type: "created" }, deliveryId: crypto.randomUUID() });
  expect(response.status).toBe(200);
  const counts = await quiet(4);

  expect(counts.rowsWritten).toMatchObject({ "INSERT INTO": 1, "INSERT INTO run": 1, setAlarm: 2 });
  // The task notes its metadata, which is a row.
  expect(total(counts.rowsWritten)).toBe(9);
  expect(requestsOf("RunGroup", counts)).toEqual({ "RunGroup.deliver": 1, "RunGroup.claim": 1, "RunGroup.report": 1 });
  expect(counts.indexRows).toBe(4);
});

test("a delivery that is filtered, or that nobody gets, costs five rows and its rows in the index", async () => {
  await send("orders", { body: { type: "unwanted" }, deliveryId: crypto.randomUUID() });
  const filtered = await quiet(3);
  expect([total(filtered.rowsWritten), filtered.indexRows, requestsOf("RunGroup", filtered)]).toEqual([
    5,
    3,
    { "RunGroup.deliver": 1 },
  ]);
  resetCounts();
  await send("lonely", { body: { type: "created" }, deliveryId: crypto.randomUUID() });
  const unmatched = await quiet(3);
  expect([total(unmatched.rowsWritten), unmatched.indexRows]).toEqual([5, 3]);
});

test("a delivery of an endpoint with a window costs a request and two rows more, once its desk is there", async () => {
  const paid = () => send("payments", { body: { type: "paid" }, deliveryId: crypto.randomUUID() });
  await paid();
  await quiet(3);
  resetCounts();
  await paid();
  const counts = await quiet(3);
  expect(counts.objectRequests).toMatchObject({ "RunGroup.deliver": 1, "WebhookDesk.tell": 1 });
  // Five are those of the delivery. The desk has its alarm.
  expect(total(counts.rowsWritten)).toBeLessThanOrEqual(7);
});

test("a repeat writes nothing", async () => {
  const order = { body: { type: "created" }, deliveryId: crypto.randomUUID() };
  const first = await (await send("orders", order)).json();
  await quiet(4);
  resetCounts();
  const second = await (await send("orders", order)).json<object>();
  expect(second).toEqual({ ...(first as object), isRepeat: true });
  const counts = await quiet(0);
  expect([counts.rowsWritten, counts.indexRows]).toEqual([{}, 0]);
  expect(counts.objectRequests).toEqual({ "RunGroup.deliver": 1 });
});

test("a delivery without the name that it should have is told of in the log, once", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const order = { body: { type: "unwanted", mark: crypto.randomUUID() } };
  const { id } = await (await send("orders", order)).json<{ id: string }>();
  expect(await (await send("orders", order)).json()).toMatchObject({ id, isRepeat: true });
  const lines = warn.mock.calls.map(([line]) => String(line)).filter((line) => line.includes(id));
  expect(lines).toEqual([expect.stringContaining("The header x-orders-delivery is missing.")]);
  warn.mockRestore();
  await quiet(3);
});

test("a repeat that comes too late to be one of an unanswered request is told to nobody who waits", async () => {
  const order = { body: { type: "paid" }, deliveryId: crypto.randomUUID() };
  await send("payments", order);
  await quiet(3);
  for (const [minutes, tells] of [
    [9, 1],
    [11, 0],
  ] as const) {
    resetCounts();
    const later = Date.now() + minutes * 60_000;
    const clock = vi.spyOn(Date, "now").mockReturnValue(later);
    expect(await (await send("payments", order)).json()).toMatchObject({ isRepeat: true });
    clock.mockRestore();
    expect((await quiet(0)).objectRequests["WebhookDesk.tell"] ?? 0).toBe(tells);
  }
});

test("a flood of forged requests asks no object, writes no row and does not ask the database", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const batch = vi.spyOn(Object.getPrototypeOf(env.RUN_INDEX) as D1Database, "batch");
  const prepare = vi.spyOn(Object.getPrototypeOf(env.RUN_INDEX) as D1Database, "prepare");
  const forged: readonly (readonly [string, SignedOrder | RequestInit, number])[] = [
    ["orders", { body: { type: "created" }, secret: "another" }, 401],
    ["orders", { body: { type: "created" }, headers: { "x-orders-signature": "" } }, 401],
    ["orders", { body: { type: "created" }, headers: { "x-orders-signature": `sha256=${"0".repeat(64)}` } }, 401],
    ["orders", { body: "{ not json" }, 400],
    ["orders", { body: "x".repeat(3 * 1024 * 1024 + 1) }, 413],
    ["unset", { body: { type: "created" } }, 503],
    ["no-such-endpoint", { body: { type: "created" } }, 404],
  ];
  const statuses: number[] = [];
  const startedAt = Date.now();
  for (let round = 0; round < 30; round += 1) {
    for (const [endpoint, order] of forged) statuses.push((await send(endpoint, order as SignedOrder)).status);
  }
  expect(statuses).toEqual(Array.from({ length: 30 }, () => forged.map(([, , status]) => status)).flat());
  expect(await quiet(0)).toEqual(NOTHING);
  expect([batch.mock.calls, prepare.mock.calls]).toEqual([[], []]);
  const lines = warn.mock.calls.map(([line]) => String(line)).filter((line) => line.includes("refused"));
  expect(lines.length).toBeLessThanOrEqual(1 + (Date.now() - startedAt) / 5_000);
  expect(lines[0]).toContain("1 × orders: signature_invalid");
  expect(lines.join()).not.toContain("no-such-endpoint");
  vi.restoreAllMocks();
});

test("a replay costs what its run costs, a row and the rows of the index", async () => {
  const order = { body: { type: "created" }, deliveryId: crypto.randomUUID() };
  const { id } = await (await send("orders", order)).json<{ id: string }>();
  await quiet(4);
  resetCounts();
  await call(`/api/v1/webhooks/deliveries/${id}/replay`, { method: "POST" });
  const counts = await quiet(4);
  expect(counts.rowsWritten).toMatchObject({ "INSERT INTO": 1, "INSERT INTO run": 1 });
  expect(requestsOf("RunGroup", counts)).toMatchObject({ "RunGroup.retrieveDelivery": 1, "RunGroup.deliverAgain": 1 });
});
