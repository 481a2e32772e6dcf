import { traceAnswerSchema, type EventPage, type RunTrace } from "../../sdk/lib/event-wire.ts";
import type { LogPage } from "../../sdk/lib/wire.ts";
import type { Env } from "../env.ts";
import { callGroup, unwrapAnswer } from "./call-group.ts";
import { notFound, placeOf } from "./place-of.ts";

/** What has happened to a run, a page at a time; `after` is the cursor of the page before. Throws `RunletApiError` 404. */
export async function readRunEvents(env: Env, id: string, after: string | undefined): Promise<EventPage> {
  const { group, n } = placeOf("run", id);
  const answer = await callGroup(env, group, (stub) => stub.events(n, after));
  return unwrapAnswer(answer) ?? notFound("run", id);
}

/** The same as a tree. */
export async function readRunTrace(env: Env, id: string): Promise<RunTrace> {
  const { group, n } = placeOf("run", id);
  const text = await callGroup(env, group, (stub) => stub.readTrace(n));
  return text === null ? notFound("run", id) : traceAnswerSchema.parse(JSON.parse(text)).trace;
}

/** What a run has logged, as `readRunEvents`. */
export async function readRunLogs(env: Env, id: string, after: string | undefined): Promise<LogPage> {
  const { group, n } = placeOf("run", id);
  const answer = await callGroup(env, group, (stub) => stub.logs(n, after));
  return unwrapAnswer(answer) ?? notFound("run", id);
}
