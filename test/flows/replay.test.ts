import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { noteOnce } from "../support/tasks-notes.ts";
import { echoReplay, replayInside, trek } from "../support/tasks-replay.ts";
import { visit } from "../support/tasks-runs.ts";
import { call, connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

test("a replay has the payload, tags and options of the run, and knows what it is", async () => {
  const payload = { at: new Date(5), ids: new Set([1n]) };
  const tag = fresh("tag");
  const options = { tags: [tag, "b"], maxAttempts: 2, ttl: 60, maxDuration: 30, region: "eu", delay: "1s" };
  const original = await echoReplay.trigger(payload, options);
  await finish(original);
  const again = await runs.replay(original);
  expect(again.id).not.toBe(original.id);
  const run = await finish(again);
  expect(run).toMatchObject({ taskIdentifier: "echo-replay", replayedFrom: original.id, tags: [tag, "b"] });
  expect(run).toMatchObject({ payload, output: { payload, isReplay: true }, ttl: "60s", region: "eu" });
  expect(run.delayedUntil).toBeUndefined();
  expect((await runs.retrieve(original)).replayedFrom).toBeUndefined();
  await expect.poll(async () => (await runs.list({ tag })).data.length).toBe(2);
});

test("overrides stand in place of what the run had", async () => {
  const original = await echoReplay.trigger({ a: 1 }, { tags: "old", delay: "1h" });
  const later = new Date(Date.now() + 3_600_000);
  const delayed = await runs.replay(original, { delay: later, tags: ["new"], ttl: "10m", version: "7", region: "us" });
  expect(await runs.retrieve(delayed)).toMatchObject({
    ...{ status: "DELAYED", delayedUntil: later, tags: ["new"], ttl: "600s", version: "7", region: "us" },
    payload: { a: 1 },
  });
  // The first one has not even started.
  const now = await runs.replay(original.id, { payload: "other" });
  expect(await outputOf(now)).toMatchObject({ payload: "other", tags: ["old"] });
  for (const one of [original, delayed]) await runs.cancel(one);
});

test("a replay begins with the metadata that the run was triggered with, or with what it is given", async () => {
  const [given, other] = [{ kept: 1 }, { kept: 2 }];
  const original = await noteOnce.trigger(undefined, { metadata: given });
  const done = { done: true, n: 2 };
  expect((await finish(original)).metadata).toEqual({ ...given, ...done });
  const delay = "1h";
  expect((await runs.retrieve(await runs.replay(original, { delay }))).metadata).toEqual(given);
  expect((await runs.retrieve(await runs.replay(original, { delay, metadata: other }))).metadata).toEqual(other);
  // That of a replay is its own beginning, too.
  const again = await runs.replay(original, { metadata: other });
  expect((await finish(again)).metadata).toEqual({ ...other, ...done });
  expect((await runs.retrieve(await runs.replay(again, { delay }))).metadata).toEqual(other);
  const without = await noteOnce.trigger();
  await finish(without);
  expect((await runs.retrieve(await runs.replay(without, { delay }))).metadata).toBeUndefined();
});

test("replays with one idempotency key are one run, from a place as well", async () => {
  await using outside = new Outside();
  const original = await trek.trigger({ outside: outside.name });
  await outputOf(original);
  const overrides = { idempotencyKey: fresh("again"), idempotencyKeyTTL: "1h", from: "step:last#0" };
  const [first, second] = await Promise.all([runs.replay(original, overrides), runs.replay(original, overrides)]);
  expect(first.id).toBe(second.id);
  expect(await outputOf(first)).toMatchObject({ by: [original.id] });
  expect(outside.tally).toMatchObject({ first: 1, last: 2 });
  const { idempotencyKey } = overrides;
  const inside = [
    await replayInside.trigger({ id: original.id, idempotencyKey }),
    await replayInside.trigger({ id: original.id, idempotencyKey }),
  ];
  const ids = await Promise.all(inside.map(outputOf));
  expect(new Set(ids).size).toBe(1);
  expect(await finish(String(ids[0]))).toMatchObject({ status: "COMPLETED", replayedFrom: original.id });
});

test("a replay that is asked for again makes one run", async () => {
  const { id } = await echoReplay.trigger(1);
  for (const key of [crypto.randomUUID(), "0190f3a0-0000-7000-8000-000000000001"]) {
    const headers = { "x-trigger-request-idempotency-key": key };
    const [first, second] = [
      await call("POST", `/api/v1/runs/${id}/replay`, { headers }),
      await call("POST", `/api/v1/runs/${id}/replay`, { headers }),
    ];
    expect(first.status).toBe(200);
    expect(second.body.id).toBe(first.body.id);
    expect(await runs.retrieve(first.body.id)).toMatchObject({ replayedFrom: id });
  }
});

test("replays that cannot be are told so", async () => {
  const unknown = `run_${"A".repeat(43)}_k`;
  await expect(runs.replay(unknown)).rejects.toMatchObject({ status: 404, code: "not_found" });
  await expect(runs.replay("nonsense")).rejects.toMatchObject({ status: 404 });
  const { id } = await echoReplay.trigger(1);
  await expect(runs.replay(`${id}0`)).rejects.toMatchObject({ status: 404, code: "run_not_found" });
  const path = `/api/v1/runs/${id}/replay`;
  for (const [name, value] of Object.entries({ debounce: {}, test: true, foo: 1 })) {
    const { status, body } = await call("POST", path, { body: { [name]: value } });
    expect([status, body.code, body.error]).toEqual([400, "unknown_option", expect.stringContaining(`"${name}"`)]);
  }
  for (const body of [
    [],
    "1",
    { ttl: "soon" },
    { from: 5 },
    { idempotencyKey: "" },
    { metadata: [] },
    { payload: "{", payloadType: "application/json" },
  ]) {
    expect((await call("POST", path, { body })).status).toBe(400);
  }
});

const TREK = { first: 1, child: 1, shaky: 1, "item 0": 1, "item 1": 1, "sent off": 1 };

test("a replay from a step does again what comes from there on, and nothing before it", async () => {
  await using outside = new Outside();
  outside.refuse("shaky");
  const original = await trek.trigger({ outside: outside.name }, { maxAttempts: 1 });
  outside.refuse("last");
  expect((await finish(original)).status).toBe("FAILED");
  await expect.poll(() => outside.count("inside last")).toBe(1);
  expect(outside.tally).toEqual({ ...TREK, announced: 1, last: 1, "inside last": 1 });

  outside.refuse("last", 0);
  const again = await runs.replay(original, { from: "step:last#0" });
  const output = (await outputOf(again)) as { items: string[]; sent: string };
  expect(output).toMatchObject({ by: [original.id], child: new Date(7), shaky: false, attempt: 1 });
  await expect.poll(() => outside.count("inside last")).toBe(2);
  // What the step does and what the hook announces come anew; all else is what the first run has seen.
  expect(outside.tally).toEqual({ ...TREK, announced: 2, last: 2, "inside last": 2 });
  expect(await runs.retrieve(output.sent)).toMatchObject({ taskIdentifier: "visit" });
  expect(output.items.every((id) => id.startsWith(original.id.replace(/_k$|_s\w+$/, "")))).toBe(true);

  // A replay of the replay finds what that one remembers.
  const third = await runs.replay(again, { from: "time:#0" });
  expect(await outputOf(third)).toMatchObject({ by: [original.id], items: output.items });
  expect(outside.tally).toMatchObject({ first: 1, "item 0": 1, "sent off": 2, last: 3 });
});

test("a replay from a wait makes that wait anew", async () => {
  await using outside = new Outside();
  const original = await trek.trigger({ outside: outside.name });
  const before = (await outputOf(original)) as { childId: string; items: string[] };
  const again = await runs.replay(original, { from: "run:visit#0" });
  const after = (await outputOf(again)) as typeof before;
  expect(after.childId.startsWith(again.id)).toBe(true);
  expect(after.items).not.toEqual(before.items);
  expect(outside.tally).toMatchObject({ first: 1, child: 2, "item 0": 2, last: 2 });
});

test("a failure that was borne before the place is borne again, and tried anew by the next attempt", async () => {
  await using outside = new Outside();
  outside.refuse("shaky", 1);
  const original = await trek.trigger({ outside: outside.name });
  expect(await outputOf(original)).toMatchObject({ shaky: false });
  outside.refuse("last", 1);
  const again = await runs.replay(original, { from: "step:last#0" });
  expect(await outputOf(again)).toMatchObject({ shaky: true, attempt: 2, by: [original.id] });
  expect(outside.tally).toMatchObject({ first: 1, child: 1, shaky: 2, "item 0": 1 });
});

test("with another payload, what was asked for differently before the place is made anew", async () => {
  await using one = new Outside();
  await using other = new Outside();
  const original = await trek.trigger({ outside: one.name });
  await outputOf(original);
  const again = await runs.replay(original, { from: "step:last#0", payload: { outside: other.name } });
  expect(await outputOf(again)).toMatchObject({ by: [original.id] });
  expect(other.tally).toMatchObject({ child: 1, "item 0": 1, last: 1 });
  expect(other.count("first")).toBe(0);
});

test("a place that the journal does not have is refused with those it has", async () => {
  await using outside = new Outside();
  const original = await trek.trigger({ outside: outside.name });
  await outputOf(original);
  await expect(runs.replay(original, { from: "step:frist#0" })).rejects.toMatchObject({
    status: 400,
    code: "unknown_journal_key",
    message: expect.stringContaining('"step:first#0", "run:visit#0"'),
  });
  const empty = await visit.trigger({ outside: outside.name, what: "x" });
  await finish(empty);
  await expect(runs.replay(empty, { from: "step:a#0" })).rejects.toThrow("it has none");
});

test("inside a task a replay is made once, and found again by each pass", async () => {
  await using outside = new Outside();
  const original = await trek.trigger({ outside: outside.name });
  await outputOf(original);
  const inside = await replayInside.trigger({ id: original.id, from: "step:last#0" });
  const id = (await outputOf(inside)) as string;
  expect(await finish(id)).toMatchObject({
    ...{ status: "COMPLETED", replayedFrom: original.id, tags: ["again"], triggerFunction: "trigger", depth: 1 },
    output: { by: [original.id] },
  });
  await expect.poll(() => outside.tally).toMatchObject({ first: 1, last: 2, "sent off": 1 });
  expect((await runs.retrieve(id)).relatedRuns.parent?.id).toBe(inside.id);
});

test("inside a task a replay that is refused can be caught, in each pass the same", async () => {
  const { id } = await echoReplay.trigger(1);
  await finish(id);
  const unknown = await replayInside.trigger({ id: `run_${"A".repeat(43)}_k` });
  expect(await outputOf(unknown)).toContain("RunletApiError: There is no such run");
  const misplaced = await replayInside.trigger({ id, from: "step:none#0" });
  expect(await outputOf(misplaced)).toContain('There is no "step:none#0"');
});
