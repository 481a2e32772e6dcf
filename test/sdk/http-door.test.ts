import { afterEach, expect, test } from "vitest";
import { HttpDoor } from "../../sdk/lib/http-door.ts";
import { encodePacket } from "../../sdk/lib/packet.ts";
import { serve, type Answer, type TestServer } from "../support/http-server.ts";
import { notedPacing } from "../support/pacing.ts";
import { wireRun } from "../support/run-object.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

async function doorTo(body: unknown, answer: Answer = {}): Promise<HttpDoor> {
  server = await serve(() => ({ body, ...answer }));
  return new HttpDoor({ baseURL: `${server.url}/prefix`, accessToken: "tr_dev_key" }, notedPacing());
}

function seenOnce() {
  const [request, ...others] = server?.seen ?? [];
  expect(others).toEqual([]);
  if (request === undefined) throw new Error("No request was seen.");
  return { ...request, url: decodeURIComponent(request.url) };
}

test("triggers with the payload as text, its type and the options", async () => {
  const door = await doorTo({ id: "run_1" });
  const payload = encodePacket({ at: new Date(0) });
  const request = { task: "a/b c", payload, options: { tags: ["x"], maxAttempts: 2 }, requestKey: "k" };
  expect(await door.trigger(request)).toEqual({ id: "run_1", isCached: false });
  const { method, headers, body } = seenOnce();
  expect([method, server?.seen[0]?.url]).toEqual(["POST", "/prefix/api/v1/tasks/a%2Fb%20c/trigger"]);
  expect(headers).toMatchObject({
    authorization: "Bearer tr_dev_key",
    "content-type": "application/json",
    "x-trigger-api-version": "2025-07-16",
    "x-trigger-request-idempotency-key": "k",
  });
  expect(JSON.parse(body)).toEqual({
    payload: '{"json":{"at":"1970-01-01T00:00:00.000Z"},"meta":{"values":{"at":["Date"]},"v":1}}',
    options: { payloadType: "application/super+json", tags: ["x"], maxAttempts: 2 },
  });
});

test("leaves an undefined payload out", async () => {
  const door = await doorTo({ id: "run_1", isCached: true });
  const answer = await door.trigger({ task: "t", payload: encodePacket(undefined), options: {}, requestKey: "k" });
  expect(answer.isCached).toBe(true);
  expect(JSON.parse(seenOnce().body)).toEqual({ options: { payloadType: "application/json" } });
});

test("retrieves a run with packets, held or not", async () => {
  const door = await doorTo(wireRun({ outputPacket: encodePacket(new Date(0)) }));
  const run = await door.retrieveRun("run_1", 0);
  expect(run.createdAt).toEqual(new Date("2026-01-02T03:04:05.678Z"));
  expect(run.outputPacket).toEqual(encodePacket(new Date(0)));
  await door.retrieveRun("run_1", 5);
  expect(server?.seen.map(({ url }) => url)).toEqual([
    "/prefix/api/v3/runs/run_1?packets=1",
    "/prefix/api/v3/runs/run_1?packets=1&wait=5",
  ]);
});

test("reads an error of the platform", async () => {
  const door = await doorTo({ error: "There is no run run_9.", code: "run_not_found" }, { status: 404 });
  await expect(door.retrieveRun("run_9", 0)).rejects.toMatchObject({
    name: "RunletApiError",
    status: 404,
    code: "run_not_found",
    message: "There is no run run_9.",
  });
});

test("retrieves a batch", async () => {
  const at = "2026-01-02T03:04:05.678Z";
  const fields = {
    id: "batch_1",
    status: "PARTIAL_FAILED",
    createdAt: at,
    updatedAt: at,
    runCount: 1,
    runs: ["run_1"],
  };
  const errors = [{ index: 0, taskIdentifier: "t", error: "no" }];
  const door = await doorTo({ ...fields, processing: { errors } });
  expect(await door.retrieveBatch("batch_1")).toMatchObject({ status: "PARTIAL_FAILED", processing: { errors } });
  expect(seenOnce().url).toBe("/prefix/api/v2/batches/batch_1");
});

test("lists runs by all filters", async () => {
  const door = await doorTo({ data: [wireRun()], pagination: { next: "n" } });
  const page = await door.listRuns({
    status: ["QUEUED", "FAILED"],
    taskIdentifier: ["a"],
    tag: ["x", "y"],
    batch: "batch_1",
    bulkAction: "bulk_1",
    from: new Date(1),
    to: new Date(2),
    period: "1d",
    limit: 5,
    after: "c",
  });
  expect(page.pagination.next).toBe("n");
  expect([...new URLSearchParams(seenOnce().url.split("?")[1])]).toEqual([
    ["filter[status]", "QUEUED,FAILED"],
    ["filter[taskIdentifier]", "a"],
    ["filter[tag]", "x,y"],
    ["filter[batch]", "batch_1"],
    ["filter[bulkAction]", "bulk_1"],
    ["filter[createdAt][from]", "1"],
    ["filter[createdAt][to]", "2"],
    ["filter[createdAt][period]", "1d"],
    ["page[size]", "5"],
    ["page[after]", "c"],
  ]);
});

test("lists runs without a filter", async () => {
  const door = await doorTo({ data: [], pagination: {} });
  await door.listRuns({});
  expect(seenOnce().url).toBe("/prefix/api/v1/runs");
});

test("cancels a run without a body", async () => {
  const door = await doorTo({ id: "run_1" });
  await door.cancelRun("run_1");
  expect(seenOnce()).toMatchObject({ method: "POST", url: "/prefix/api/v2/runs/run_1/cancel", body: "" });
});

test("reads logs after a cursor", async () => {
  const line = { at: "2026-01-02T03:04:05.678Z", attempt: 1, level: "info", message: "m", fields: { a: 1 } };
  const door = await doorTo({ data: [line], pagination: {} });
  expect((await door.readLogs("run_1", "a b")).data).toEqual([{ ...line, at: new Date(line.at) }]);
  expect(seenOnce().url).toBe("/prefix/api/v1/runs/run_1/logs?after=a b");
});

test("begins a bulk action with its filter, times as milliseconds, and its key", async () => {
  const door = await doorTo({ id: "bulk_1" });
  const filter = { status: ["FAILED"], from: new Date(5), period: "1d" } as const;
  expect(await door.bulk.create({ action: "replay", filter, targetRegion: "eu", requestKey: "k" })).toEqual({
    id: "bulk_1",
  });
  const { method, url, headers, body } = seenOnce();
  expect([method, url, headers["x-trigger-request-idempotency-key"]]).toEqual([
    ...["POST", "/prefix/api/v1/bulk-actions", "k"],
  ]);
  const sent = { action: "replay", targetRegion: "eu", filter: { status: ["FAILED"], from: 5, period: "1d" } };
  expect(JSON.parse(body)).toEqual(sent);
});

test("asks for bulk actions, and aborts one", async () => {
  const counts = { total: 2, success: 1, failure: 0, skipped: 1 };
  const wire = { id: "bulk_1", type: "CANCEL", status: "PENDING", counts, createdAt: "2026-01-02T03:04:05.678Z" };
  const door = await doorTo(wire);
  expect(await door.bulk.retrieve("bulk/1")).toEqual({ ...wire, createdAt: new Date(wire.createdAt) });
  await door.bulk.abort("bulk_1");
  expect(server?.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /prefix/api/v1/bulk-actions/bulk%2F1",
    "POST /prefix/api/v1/bulk-actions/bulk_1/abort",
  ]);
  await server?.close();
  const list = await doorTo({ data: [wire], pagination: { next: "n" } });
  expect((await list.bulk.list({ limit: 5, after: "c" })).pagination).toEqual({ next: "n" });
  expect(seenOnce().url).toBe("/prefix/api/v1/bulk-actions?page[size]=5&page[after]=c");
});
