import { describeError } from "./answer-error.ts";
import { readJson } from "./body.ts";
import type { Call } from "./call.ts";
import { readListQuery } from "./list-query.ts";
import { tokenHeaders } from "./public-token.ts";
import { readReplayBody } from "./replay-body.ts";
import { requestKeyOf } from "./request-key.ts";
import { readRetrieveBody, readWait } from "./retrieve-body.ts";
import { streamLines } from "./stream-lines.ts";
import { tracePage, traceSpan } from "./trace-views.ts";
import { readRescheduleBody, readResetBody, readTriggerBody } from "./trigger-body.ts";

/** Sent on as they come, also by a proxy in front. */
const JSON_LINES = { headers: { "content-type": "application/x-ndjson", "x-accel-buffering": "no" } };
const JSON_TEXT = { headers: { "content-type": "application/json" } };
/** The published client asks for the environment of each run in a list; a deployment is one. */
const ENVIRONMENT = { id: "default", name: "default" };

export async function triggerRun(call: Call): Promise<Response> {
  const request = call.req.raw;
  const requestKey = requestKeyOf(request);
  const body = readTriggerBody(await readJson(request));
  const { id, isCached } = await call.env.engine.trigger({ task: call.req.param("id") ?? "", ...body, requestKey });
  const headers = await tokenHeaders(request, call.var.key, `read:runs:${id}`);
  return Response.json({ id, isCached }, { headers });
}

export async function retrieveRun(call: Call): Promise<Response> {
  const reading = { packets: call.req.query("packets") === "1", wait: readWait(call.req.query("wait")) };
  const run = await call.env.engine.readRun(call.req.param("id") ?? "", reading);
  return new Response(run, JSON_TEXT);
}

/** Several runs, one on each line, in the order in which they come. */
export async function retrieveRuns(call: Call): Promise<Response> {
  const { raw } = call.req;
  const { ids, wait } = readRetrieveBody(await readJson(raw));
  const runs = call.env.engine.readRuns(ids, { packets: call.req.query("packets") === "1", wait });
  const lines = Array.from(runs, async ([id, run]) => {
    try {
      return `{"id":${JSON.stringify(id)},"run":${await run}}\n`;
    } catch (error) {
      const { message, code } = describeError(error, raw);
      return `${JSON.stringify({ id, error: message, code })}\n`;
    }
  });
  return new Response(streamLines(lines), JSON_LINES);
}

export async function listRuns(call: Call): Promise<Response> {
  const { data, pagination } = await call.env.engine.listRuns(readListQuery(new URL(call.req.url).searchParams));
  return Response.json({ data: data.map((run) => ({ ...run, env: ENVIRONMENT })), pagination });
}

export async function cancelRun(call: Call): Promise<Response> {
  const id = call.req.param("id") ?? "";
  await call.env.engine.cancelRun(id);
  return Response.json({ id });
}

export async function replayRun(call: Call): Promise<Response> {
  const request = call.req.raw;
  const requestKey = requestKeyOf(request);
  const body = readReplayBody(await readJson(request));
  const { id } = await call.env.engine.replayRun({ id: call.req.param("id") ?? "", ...body, requestKey });
  return Response.json({ id }, { headers: await tokenHeaders(request, call.var.key, `read:runs:${id}`) });
}

export async function rescheduleRun(call: Call): Promise<Response> {
  const delay = readRescheduleBody(await readJson(call.req.raw));
  const packets = call.req.query("packets") === "1";
  return Response.json(await call.env.engine.rescheduleRun(call.req.param("id") ?? "", delay, packets));
}

export async function resetKey(call: Call): Promise<Response> {
  const id = call.req.param("key") ?? "";
  await call.env.engine.resetKey(readResetBody(await readJson(call.req.raw)), id);
  return Response.json({ id });
}

export async function readLogs(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.readLogs(call.req.param("id") ?? "", call.req.query("after")));
}

export async function readEvents(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.readEvents(call.req.param("id") ?? "", call.req.query("after")));
}

/** The tree of spans; asked for with a size or cursor of a page, the spans one after the other. */
export async function traceRun(call: Call): Promise<Response> {
  const trace = await call.env.engine.traceRun(call.req.param("id") ?? "");
  const { searchParams } = new URL(call.req.url);
  const isPage = searchParams.has("page[size]") || searchParams.has("page[after]");
  return Response.json(isPage ? tracePage(trace, searchParams) : { trace });
}

/** One span. Its id has slashes: it stands in the path as it is, or encoded. */
export async function retrieveSpan(call: Call): Promise<Response> {
  const id = call.req.param("id") ?? "";
  const spanId = new URL(call.req.url).pathname.split("/spans/").slice(1).join("/spans/");
  return Response.json(traceSpan(await call.env.engine.traceRun(id), spanId));
}
