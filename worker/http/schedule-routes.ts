import type { ScheduleOptions, ScheduleUpdate } from "../../sdk/lib/schedule-door.ts";
import { readQueuePage } from "../../sdk/lib/queue-query.ts";
import { readJson } from "./body.ts";
import type { Call } from "./call.ts";
import { readObject } from "./fields.ts";
import { toNumber } from "./queue-routes.ts";
import { Refusal } from "./refusal.ts";

/** What a body holds is read by the engine, which refuses by name what it cannot use. */
export async function createSchedule(call: Call): Promise<Response> {
  const body = readObject("the body", await readJson(call.req.raw));
  return Response.json(await call.env.engine.schedules.create(body as unknown as ScheduleOptions));
}

export async function updateSchedule(call: Call): Promise<Response> {
  const body = readObject("the body", await readJson(call.req.raw));
  return Response.json(await call.env.engine.schedules.update(idOf(call), body as unknown as ScheduleUpdate));
}

export async function listSchedules(call: Call): Promise<Response> {
  const { page, perPage, after, ...others } = call.req.query();
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const message = `Unknown parameter "${unknown}": a list of schedules takes page, perPage, after.`;
    throw new Refusal(400, "unknown_parameter", message);
  }
  const query = readQueuePage({ page: toNumber(page), perPage: toNumber(perPage) });
  const { schedules } = call.env.engine;
  if (after === undefined) return Response.json(await schedules.list(query));
  if (page !== undefined) throw new Refusal(400, "invalid_field", "after takes the place of page: give one of them.");
  return Response.json(await schedules.listAfter(after, query));
}

export async function retrieveSchedule(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.schedules.retrieve(idOf(call)));
}

export async function activateSchedule(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.schedules.setActive(idOf(call), true));
}

export async function deactivateSchedule(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.schedules.setActive(idOf(call), false));
}

export async function deleteSchedule(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.schedules.delete(idOf(call)));
}

export async function listTimezones(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.schedules.timezones(call.req.query("excludeUtc") === "true"));
}

function idOf(call: Call): string {
  return call.req.param("id") ?? "";
}
