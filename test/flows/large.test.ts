import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { fill, gatherLarge, logLarge, sendLarge } from "../support/tasks-large.ts";
import { call, connect, finish, fresh, outputOf } from "./api.ts";

beforeAll(connect);

test("a batch whose outputs are together more than a message holds reaches its parent", async () => {
  expect(await outputOf(await gatherLarge.trigger({ count: 40, length: 1_000_000 }))).toBe(40_000_000);
});

test("children whose payloads are together more than a message holds are all made", async () => {
  const lengths = await outputOf(await sendLarge.trigger({ count: 20, length: 2_000_000 }));
  expect(lengths).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test("a run that logs more than a message holds can have its lines read", async () => {
  const handle = await logLarge.trigger({ passes: 20 });
  expect((await finish(handle)).status).toBe("COMPLETED");
  const starts: string[] = [];
  for await (const { message } of runs.logs(handle)) starts.push(message.slice(0, message.indexOf(" ")));
  expect(starts).toEqual(Array.from({ length: 800 }, (_, i) => `${Math.floor(i / 40)}.${i % 40}`));
});

test("logs are read on from a cursor that a page has given, and from no other", async () => {
  const { id } = await fill.trigger({ length: 1 });
  for (const after of ["zzz", "-1", "%00", "1.5"]) {
    const { status, body } = await call("GET", `/api/v1/runs/${id}/logs?after=${after}`);
    expect([status, body.code]).toEqual([400, "invalid_cursor"]);
  }
});

test.each([
  ["arrays", "[", "]"],
  ["objects", '{"a":', "}"],
])("a payload of %s that is nested too deeply to be read again is refused", async (_, open, close) => {
  const nested = (levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;
  const trigger = (payload: string) =>
    call("POST", "/api/v1/tasks/echo/trigger", {
      body: `{"payload":${payload},"options":{"payloadType":"application/json"}}`,
    });
  expect(await trigger(nested(6_000))).toMatchObject({ status: 400, body: { code: "payload_too_deep" } });
  expect(await trigger(JSON.stringify(nested(1_001)))).toMatchObject({ status: 400 });
  const { status, body } = await trigger(nested(1_000));
  expect(status).toBe(200);
  expect((await call("GET", `/api/v3/runs/${body.id}?wait=10`)).status).toBe(200);
});

test("a tag with a comma or a backslash is found, and nothing else in its place", async () => {
  const first = fresh("a");
  const tag = `${first},b\\c,d`;
  const { id } = await fill.trigger({ length: 1 }, { tags: [tag] });
  const found = async (wanted: string) => (await runs.list({ tag: wanted })).data.map((run) => run.id);
  await expect.poll(() => found(tag), { timeout: 10_000 }).toEqual([id]);
  expect(await found(first)).toEqual([]);
});
