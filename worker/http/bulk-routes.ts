import { readJson } from "./body.ts";
import { readBulkBody } from "./bulk-body.ts";
import type { Call } from "./call.ts";
import { PAGE_READERS, readParameters } from "./list-parameters.ts";
import { requestKeyOf } from "./request-key.ts";

export async function createBulkAction(call: Call): Promise<Response> {
  const request = call.req.raw;
  const requestKey = requestKeyOf(request);
  const { id } = await call.env.engine.bulk.create({ ...readBulkBody(await readJson(request)), requestKey });
  return Response.json({ id }, { status: 202 });
}

export async function listBulkActions(call: Call): Promise<Response> {
  const query = readParameters("bulk actions", new URL(call.req.url).searchParams, PAGE_READERS);
  return Response.json(await call.env.engine.bulk.list(query));
}

export async function retrieveBulkAction(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.bulk.retrieve(call.req.param("id") ?? ""));
}

export async function abortBulkAction(call: Call): Promise<Response> {
  const id = call.req.param("id") ?? "";
  await call.env.engine.bulk.abort(id);
  return Response.json({ id });
}
