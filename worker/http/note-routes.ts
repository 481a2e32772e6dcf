import { readTagList } from "../../sdk/lib/tag-list.ts";
import { readJson } from "./body.ts";
import type { Call } from "./call.ts";
import { readFields } from "./fields.ts";
import { readMetadataBody } from "./metadata-body.ts";
import { requestKeyOf } from "./request-key.ts";

export async function addTags(call: Call): Promise<Response> {
  const { tags } = readFields("the body", await readJson(call.req.raw), ["tags"]);
  return Response.json(await call.env.engine.addTags(call.req.param("id") ?? "", readTagList(tags)));
}

export async function readMetadata(call: Call): Promise<Response> {
  return Response.json({ metadata: await call.env.engine.readMetadata(call.req.param("id") ?? "") });
}

export async function changeMetadata(call: Call): Promise<Response> {
  const requestKey = requestKeyOf(call.req.raw);
  const body = readMetadataBody(await readJson(call.req.raw));
  const metadata = await call.env.engine.changeMetadata(call.req.param("id") ?? "", { ...body, requestKey });
  return Response.json({ metadata });
}
