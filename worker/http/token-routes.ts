import { readDelay } from "../../sdk/lib/delay.ts";
import { readBatchOptions, readTriggerOptions } from "../../sdk/lib/trigger-options.ts";
import { readJson, readText } from "./body.ts";
import type { Call } from "./call.ts";
import { readFields } from "./fields.ts";
import { readPayload } from "./payload.ts";
import { tokenHeaders } from "./public-token.ts";
import { invalidField, Refusal } from "./refusal.ts";
import { requestKeyOf } from "./request-key.ts";
import { readTokenQuery } from "./token-query.ts";

const CREATION = ["timeout", "idempotencyKey", "idempotencyKeyTTL", "tags"];

export async function createToken(call: Call): Promise<Response> {
  const request = call.req.raw;
  const fields = readFields("the body", (await readJson(request)) ?? {}, CREATION);
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  const { timeout, tags: rawTags, ...key } = given;
  const { tags = [] } = readTriggerOptions({ tags: rawTags });
  const token = await call.env.engine.createToken({
    requestKey: requestKeyOf(request),
    tags,
    ...(timeout === undefined ? {} : { timeout: readTimeout(timeout) }),
    ...readBatchOptions(key),
  });
  const headers = await tokenHeaders(request, call.var.key, `write:waitpoints:${token.id}`);
  return Response.json(token, { headers });
}

export async function listTokens(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.listTokens(readTokenQuery(new URL(call.req.url).searchParams)));
}

export async function retrieveToken(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.retrieveToken(call.req.param("id") ?? ""));
}

export async function completeToken(call: Call): Promise<Response> {
  const { data, dataType } = readFields("the body", (await readJson(call.req.raw)) ?? {}, ["data", "dataType"]);
  const payload = readPayload(data === null && dataType === undefined ? undefined : data, dataType);
  await call.env.engine.completeToken(call.req.param("id") ?? "", payload);
  return Response.json({ success: true });
}

/** Whoever has the address of a token may complete it, with any body: what is JSON, and says so, is read as such, all else is a text. */
export async function callbackToken(call: Call): Promise<Response> {
  const { id = "", hash = "" } = call.req.param();
  if (!(await call.env.engine.isCallback(id, hash))) {
    throw new Refusal(404, "token_not_found", "There is no token with this address for callbacks.");
  }
  const text = await readText(call.req.raw);
  const saysJson = /^application\/([\w.+-]+\+)?json\b/i.test(call.req.header("content-type") ?? "");
  const type = saysJson && isJson(text) ? "application/json" : "text/plain";
  const payload = readPayload(text === "" ? undefined : text, type);
  await call.env.engine.completeToken(id, payload);
  return Response.json({ success: true });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readTimeout(value: unknown): string {
  const timeout = readDelay(value);
  if (timeout !== undefined) return timeout;
  throw invalidField("timeout", 'a duration such as "30s", "1h30m" or "2d", or an ISO 8601 date');
}
