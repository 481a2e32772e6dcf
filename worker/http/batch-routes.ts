import type { HeldItem } from "../engine/engine.ts";
import { readJson, requireContentType } from "./body.ts";
import type { Call } from "./call.ts";
import { readJsonLines } from "./json-lines.ts";
import { tokenHeaders } from "./public-token.ts";
import { requestKeyOf } from "./request-key.ts";
import { readBatchBody, readBatchItem } from "./trigger-body.ts";

export async function createBatch(call: Call): Promise<Response> {
  const request = call.req.raw;
  const requestKey = requestKeyOf(request);
  const body = readBatchBody(await readJson(request));
  const batch = await call.env.engine.createBatch({ ...body, requestKey });
  const headers = await tokenHeaders(request, call.var.key, `read:batch:${batch.id}`);
  return Response.json(batch, { status: 202, headers });
}

export async function addBatchItems(call: Call): Promise<Response> {
  const request = call.req.raw;
  requireContentType(request, "application/x-ndjson", "application/ndjson");
  const id = call.req.param("id") ?? "";
  return Response.json({ id, ...(await call.env.engine.addBatchItems(id, readItems(request))) });
}

export async function retrieveBatch(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.retrieveBatch(call.req.param("id") ?? ""));
}

async function* readItems(request: Request): AsyncGenerator<HeldItem, void, undefined> {
  if (request.body === null) return;
  for await (const line of readJsonLines(request.body)) yield readBatchItem(line);
}
