import type { Metadata } from "../../sdk/lib/metadata-operation.ts";
import { decodeMetadata } from "../../sdk/lib/metadata-text.ts";
import type { Env } from "../env.ts";
import { callGroup, unwrapAnswer } from "./call-group.ts";
import type { MetadataRequest } from "./change-metadata.ts";
import { notFound, placeOf } from "./place-of.ts";

/** Adds tags to a run, and says how many it did not have. Throws `RunletApiError`: 404 for an unknown run. */
export async function addRunTags(env: Env, id: string, tags: readonly string[]): Promise<{ message: string }> {
  const { group, n } = placeOf("run", id);
  const added = unwrapAnswer(await callGroup(env, group, (stub) => stub.addTags(n, tags)));
  if (added === null) notFound("run", id);
  if (added === 0) return { message: "The run has these tags already." };
  return { message: `Added ${added} ${added === 1 ? "tag" : "tags"}.` };
}

/** Empty for a run that has none. Throws `RunletApiError`: 404 for an unknown run. */
export async function readRunMetadata(env: Env, id: string): Promise<Metadata> {
  const { group, n } = placeOf("run", id);
  const text = await callGroup(env, group, (stub) => stub.metadata(n));
  return decodeMetadata(text ?? notFound("run", id));
}

/** The metadata after the changes. Throws `RunletApiError`: 404 for an unknown run, or what refuses the changes. */
export async function changeRunMetadata(env: Env, id: string, request: MetadataRequest): Promise<Metadata> {
  const { group, n } = placeOf("run", id);
  const text = unwrapAnswer(await callGroup(env, group, (stub) => stub.changeMetadata(n, request)));
  return decodeMetadata(text ?? notFound("run", id));
}
