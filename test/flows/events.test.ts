import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, inject, test } from "vitest";
import { runs, type RunEvent, type TraceSpan } from "../../sdk/index.ts";
import { echoReplay, replayInside, trek } from "../support/tasks-replay.ts";
import { logAroundWaits } from "../support/tasks-steps.ts";
import { call, connect, finish, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

async function eventsOf(id: string): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of runs.events(id)) events.push(event);
  return events;
}

interface Pages {
  retrieveRunTracePage(
    id: string,
    options: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<{
    readonly data: readonly { readonly id: string }[];
    readonly attemptFailures: readonly unknown[];
    readonly pagination: { readonly next?: string };
  }>;
  retrieveSpan(id: string, spanId: string): Promise<unknown>;
}

const flat = (span: TraceSpan): TraceSpan[] => [span, ...span.children.flatMap(flat)];

test("the events of a run tell of all that happened to it, in order, with times", async () => {
  await using outside = new Outside();
  outside.refuse("shaky", 1);
  outside.refuse("last", 1);
  const handle = await trek.trigger({ outside: outside.name });
  const run = await finish(handle);
  const events = await eventsOf(handle.id);
  const told = events.filter(({ key = "" }) => !key.startsWith("hook:"));
  expect(told.map(({ type, key, attempt }) => [type, key ?? attempt].join(" ").trim())).toEqual([
    ...["run.triggered", "run.queued", "run.started", "attempt.started 1", "step.completed step:first#0"],
    ...[
      "wait.started run:visit#0",
      "wait.completed run:visit#0",
      "wait.started run:visit#1",
      "wait.failed run:visit#1",
    ],
    ...["wait.started batch:#0", "wait.completed batch:#0", "wait.started time:#0", "wait.completed time:#0"],
    ...["trigger trigger:visit#0", "trigger trigger:step:last#0/visit#0", "step.failed step:last#0"],
    ...["attempt.failed 1", "retry 2", "attempt.started 2"],
    ...["wait.started run:visit#1", "wait.completed run:visit#1", "step.completed step:last#0"],
    ...["attempt.completed 2", "run.ended"],
  ]);
  const times = events.map(({ at }) => at.getTime());
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(events[0]?.at).toEqual(run.createdAt);
  expect(events.at(-1)).toMatchObject({ at: run.finishedAt, status: "COMPLETED" });
  const waited = events.find(({ type }) => type === "wait.completed");
  expect(waited).toMatchObject({ taskIdentifier: "visit", status: "COMPLETED", durationMs: expect.any(Number) });
  expect(await runs.retrieve(waited?.id ?? "")).toMatchObject({ taskIdentifier: "visit" });
  expect(events.find(({ type }) => type === "wait.failed")?.error).toBeDefined();
});

test("log lines stand among the events", async () => {
  const handle = await logAroundWaits.trigger({ waits: 2 });
  await outputOf(handle);
  const events = await eventsOf(handle.id);
  const lines = events.filter(({ type }) => type === "log");
  expect(lines.map(({ message }) => message)).toEqual([
    ...["begins", "in step 0", "after wait 0", "in step 1", "after wait 1"],
  ]);
  expect(lines.at(-1)).toMatchObject({ level: "info", attempt: 1, fields: { i: 1 } });
  const place = (found: (event: RunEvent) => boolean) => events.findIndex(found);
  const waited = place(({ type, key }) => type === "wait.completed" && key === "run:add#0");
  expect(waited).toBeLessThan(place(({ message }) => message === "after wait 0"));
});

test("a run tells of its attempts, and how each of them ended", async () => {
  await using outside = new Outside();
  outside.refuse("last", 1);
  const handle = await trek.trigger({ outside: outside.name });
  const { attempts = [], ...run } = await finish(handle);
  expect(attempts).toMatchObject([
    { number: 1, startedAt: run.startedAt, finishedAt: expect.any(Date), error: { name: expect.any(String) } },
    { number: 2, startedAt: expect.any(Date), finishedAt: run.finishedAt },
  ]);
  expect(attempts[1]?.error).toBeUndefined();
  const delayed = await echoReplay.trigger(1, { delay: "1h" });
  expect((await runs.retrieve(delayed)).attempts).toEqual([]);
  expect((await eventsOf(delayed.id)).map(({ type }) => type)).toEqual(["run.triggered", "run.delayed"]);
  await runs.cancel(delayed);
});

test("the trace of a run is a tree that the published client can read", async () => {
  await using outside = new Outside();
  outside.refuse("last", 1);
  const handle = await trek.trigger({ outside: outside.name });
  const run = await finish(handle);
  const { rootSpan, traceId } = await runs.trace(handle);
  expect(traceId).toBe(handle.id);
  const duration = Number(run.finishedAt) - Number(run.createdAt);
  expect(rootSpan).toMatchObject({
    ...{ id: handle.id, runId: handle.id },
    data: { message: "trek", taskSlug: "trek", startTime: run.createdAt, duration, isError: false, isPartial: false },
  });
  const [first, second] = rootSpan.children;
  expect(first?.data).toMatchObject({ message: "Attempt 1", isError: true });
  expect(second?.data).toMatchObject({ message: "Attempt 2", isError: false });
  const spans = flat(rootSpan);
  expect(new Set(spans.map(({ id }) => id)).size).toBe(spans.length);
  // Three children and two items, each a run with its attempt; those triggered are elsewhere.
  expect(spans.filter(({ data }) => data.taskSlug === "visit" && data.message === "visit").length).toBe(4);
  for (const { id, children } of spans) for (const child of children) expect(child.parentId).toBe(id);

  const schemas = join(import.meta.dirname, "../../node_modules/@trigger.dev/core/dist/esm/v3/schemas/api.js");
  const { RetrieveRunTraceResponseBody } = (await import(pathToFileURL(schemas).href)) as {
    readonly RetrieveRunTraceResponseBody: { parse(body: unknown): { trace: typeof rootSpan } };
  };
  const { body } = await call("GET", `/api/v1/runs/${handle.id}/trace`);
  expect(RetrieveRunTraceResponseBody.parse(body)).toMatchObject({ trace: { traceId: handle.id } });
});

test("a trace is read page by page, and span by span, by the published client", async () => {
  await using outside = new Outside();
  outside.refuse("last", 1);
  const handle = await trek.trigger({ outside: outside.name });
  await finish(handle);
  const spans = flat((await runs.trace(handle)).rootSpan);
  const { url, key } = inject("platform");
  // What the client's own command line is made with.
  const path = join(import.meta.dirname, "../../node_modules/@trigger.dev/core/dist/esm/v3/apiClient/index.js");
  const { ApiClient } = (await import(pathToFileURL(path).href)) as {
    readonly ApiClient: new (...of: string[]) => Pages;
  };
  const client = new ApiClient(url, key);
  const ids: string[] = [];
  const failures: unknown[] = [];
  for (let after: string | undefined; ;) {
    const page = await client.retrieveRunTracePage(handle.id, { limit: 5, after });
    ids.push(...page.data.map(({ id }) => id));
    failures.push(...page.attemptFailures);
    after = page.pagination.next;
    if (after === undefined) break;
  }
  expect(ids).toEqual(spans.map(({ id }) => id));
  expect(failures).toContainEqual({ spanId: `${handle.id}/attempt/1`, attemptNumber: 1, runId: handle.id });
  for (const { id, parentId = null, data } of spans) {
    const { message, isError, startTime, level } = data;
    const span = await client.retrieveSpan(handle.id, id);
    expect(span).toMatchObject({ spanId: id, parentId, message, isError, startTime, level });
  }
  const { id = "" } = spans.at(-1) ?? {};
  expect(await client.retrieveSpan(handle.id, encodeURIComponent(id))).toMatchObject({ spanId: id });
  await expect(client.retrieveSpan(handle.id, "none")).rejects.toMatchObject({ status: 404 });
  const route = `/api/v1/runs/${handle.id}/trace`;
  for (const [query, code] of [
    ["page[size]=0", "invalid_field"],
    ["page[size]=many", "invalid_field"],
    ["page[after]=x", "invalid_cursor"],
  ]) {
    expect(await call("GET", `${route}?${query}`)).toMatchObject({ status: 400, body: { code } });
  }
});

test("a run that goes on has a trace that does", async () => {
  await using outside = new Outside();
  outside.hold("last");
  const handle = await trek.trigger({ outside: outside.name });
  await outside.reached("last");
  const { rootSpan } = await runs.trace(handle);
  expect(rootSpan.data.isPartial).toBe(true);
  expect(rootSpan.children.map(({ data }) => data.isPartial)).toEqual([true]);
  outside.release("last");
  await finish(handle);
});

test("events and traces of a replay in a task, and of none", async () => {
  const { id } = await echoReplay.trigger(1);
  const inside = await replayInside.trigger({ id });
  const again = (await outputOf(inside)) as string;
  expect((await eventsOf(inside.id)).find(({ type }) => type === "trigger")).toMatchObject({ id: again });
  await finish(again);
  expect((await eventsOf(again))[0]?.message).toContain(`as a replay of ${id}`);
  for (const what of ["events", "trace"]) {
    expect(await call("GET", `/api/v1/runs/run_none/${what}`)).toMatchObject({ status: 404 });
    expect(await call("GET", `/api/v1/runs/${id}0/${what}`)).toMatchObject({ body: { code: "run_not_found" } });
  }
  const bad = await call("GET", `/api/v1/runs/${id}/events?after=soon`);
  expect(bad).toMatchObject({ status: 400, body: { code: "invalid_cursor" } });
});
